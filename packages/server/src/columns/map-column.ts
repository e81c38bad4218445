import type { BlockSink, Column } from "./column.ts";
import { DictionaryColumn } from "./dictionary-column.ts";
import { FixedColumn } from "./fixed-column.ts";
import { StringColumn } from "./string-column.ts";

/** Map(LowCardinality(String), String): where each row ends, then all keys, then all values. */
export class MapColumn implements Column {
  readonly type: string = "Map(LowCardinality(String), String)";
  readonly keys: DictionaryColumn = new DictionaryColumn();
  readonly values: StringColumn;
  private readonly ends: FixedColumn = new FixedColumn("UInt64", 8);

  constructor(valuesCapacity?: number) {
    this.values = new StringColumn(valuesCapacity);
  }

  /** Ends the row: all keys and values appended since the row before belong to it. */
  endRow(): void {
    this.ends.appendUint64(this.keys.length, 0);
  }

  mark(): void {
    this.keys.mark();
    this.values.mark();
    this.ends.mark();
  }

  rollback(): void {
    this.keys.rollback();
    this.values.rollback();
    this.ends.rollback();
  }

  clear(): void {
    this.keys.clear();
    this.values.clear();
    this.ends.clear();
  }

  write(out: BlockSink): void {
    this.keys.writePrefix(out);
    this.ends.write(out);
    this.keys.writeRows(out);
    this.values.write(out);
  }
}
