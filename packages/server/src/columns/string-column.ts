import { ByteStore, countDigits } from "./byte-store.ts";
import type { BlockSink, Column } from "./column.ts";

/** Numbers and words: written character by character, because a call into the runtime costs more than this many of them. */
const shortText = 24;

/** Strings: varint length and bytes, which is protobuf's own encoding, so a request's bytes are copied as they are. */
export class StringColumn implements Column {
  readonly type: string = "String";
  readonly store: ByteStore;
  private marked = 0;

  constructor(capacity: number = 64 * 1024) {
    this.store = new ByteStore(capacity);
  }

  append(source: Buffer, start: number, end: number): void {
    this.store.appendVarint(end - start);
    this.store.append(source, start, end);
  }

  /** Appends a whole number from 0 to 2^53 in decimal. */
  appendDecimal(value: number): void {
    this.store.appendVarint(countDigits(value));
    this.store.appendDecimal(value);
  }

  appendHex(source: Buffer, start: number, end: number): void {
    this.store.appendVarint((end - start) * 2);
    this.store.appendHex(source, start, end);
  }

  appendText(text: string): void {
    if (text.length <= shortText && this.store.appendShortAscii(text)) return;
    this.store.appendVarint(Buffer.byteLength(text));
    this.store.appendText(text);
  }

  appendEmpty(): void {
    this.store.reserve(1);
    this.store.bytes[this.store.length++] = 0;
  }

  mark(): void {
    this.marked = this.store.length;
  }

  rollback(): void {
    this.store.length = this.marked;
  }

  clear(): void {
    this.store.reset();
  }

  write(out: BlockSink): void {
    out.large(this.store.view());
  }
}
