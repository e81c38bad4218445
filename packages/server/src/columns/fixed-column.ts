import { ByteStore } from "./byte-store.ts";
import type { BlockSink, Column } from "./column.ts";

/** Values of a fixed width: integers, floats, times, FixedString. */
export class FixedColumn implements Column {
  readonly type: string;
  readonly store: ByteStore;
  private marked = 0;

  constructor(type: string, width: number) {
    this.type = type;
    this.store = new ByteStore(width * 4096);
  }

  appendBytes(source: Buffer, start: number, end: number): void {
    this.store.append(source, start, end);
  }

  appendZeros(count: number): void {
    this.store.appendZeros(count);
  }

  appendByte(value: number): void {
    this.store.reserve(1);
    this.store.bytes[this.store.length++] = value;
  }

  appendUint32(value: number): void {
    this.store.appendUint32(value);
  }

  appendUint64(low: number, high: number): void {
    this.store.appendUint32(low);
    this.store.appendUint32(high);
  }

  appendDouble(value: number): void {
    this.store.reserve(8);
    this.store.words.data.setFloat64(this.store.length, value, true);
    this.store.length += 8;
  }

  mark(): void {
    this.marked = this.store.length;
  }

  rollback(): void {
    this.store.length = this.marked;
  }

  clear(): void {
    this.store.length = 0;
  }

  write(out: BlockSink): void {
    out.large(this.store.view());
  }
}
