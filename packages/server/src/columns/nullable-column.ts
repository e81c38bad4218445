import type { BlockSink, Column } from "./column.ts";
import { FixedColumn } from "./fixed-column.ts";

/** A fixed-width column whose values may be absent: a byte per row that says so, then the values. */
export class NullableColumn implements Column {
  readonly type: string;
  private readonly nulls: FixedColumn;
  private readonly values: FixedColumn;
  private readonly width: number;

  constructor(type: string, width: number) {
    this.type = `Nullable(${type})`;
    this.nulls = new FixedColumn("UInt8", 1);
    this.values = new FixedColumn(type, width);
    this.width = width;
  }

  appendNull(): void {
    this.nulls.appendByte(1);
    this.values.appendZeros(this.width);
  }

  appendUint32(value: number): void {
    this.nulls.appendByte(0);
    this.values.appendUint32(value);
  }

  appendDouble(value: number): void {
    this.nulls.appendByte(0);
    this.values.appendDouble(value);
  }

  /** Makes a row that was written before absent. */
  setNull(row: number): void {
    this.nulls.store.bytes[row] = 1;
  }

  mark(): void {
    this.nulls.mark();
    this.values.mark();
  }

  rollback(): void {
    this.nulls.rollback();
    this.values.rollback();
  }

  clear(): void {
    this.nulls.clear();
    this.values.clear();
  }

  write(out: BlockSink): void {
    this.nulls.write(out);
    this.values.write(out);
  }
}
