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
    this.store.reserve(count);
    this.store.bytes.fill(0, this.store.length, this.store.length + count);
    this.store.length += count;
  }

  appendByte(value: number): void {
    this.store.reserve(1);
    this.store.bytes[this.store.length++] = value;
  }

  appendUint32(value: number): void {
    this.store.reserve(4);
    this.store.length = this.store.bytes.writeUInt32LE(value, this.store.length);
  }

  appendUint64(low: number, high: number): void {
    this.store.reserve(8);
    const { bytes, length } = this.store;
    bytes.writeUInt32LE(low, length);
    bytes.writeUInt32LE(high, length + 4);
    this.store.length = length + 8;
  }

  appendDouble(value: number): void {
    this.store.reserve(8);
    this.store.length = this.store.bytes.writeDoubleLE(value, this.store.length);
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
