import type { ByteStore } from "./byte-store.ts";

/**
 * One column of a block in ClickHouse's Native format, built row by row. `mark` and `rollback` take back the rows of a request
 * that turns out to be malformed; `clear` keeps the memory for the next block, because fresh buffers cost more than filling them.
 * Source: ClickHouse, src/Formats/NativeWriter.cpp and src/DataTypes/Serializations.
 */
export interface Column {
  readonly type: string;
  mark(): void;
  rollback(): void;
  clear(): void;
  /** Hands the column's data to `out`, small pieces copied, large ones by reference (valid until `clear`). */
  write(out: BlockSink): void;
}

/** Where an encoded block goes. */
export interface BlockSink {
  readonly small: ByteStore;
  /** Adds bytes by reference behind everything written so far. */
  large(bytes: Buffer): void;
}
