import { ByteStore } from "./byte-store.ts";
import type { BlockSink, Column } from "./column.ts";

/** Pieces smaller than this are copied together: a system call's entry for each costs more than the copy. */
const copyBelowBytes = 4096;

/** An encoded block as a list of buffers, to be written in order. Reused block after block. */
export class NativeBlockWriter implements BlockSink {
  readonly small: ByteStore = new ByteStore(256 * 1024);
  private pieces: Buffer[] = [];
  private taken = 0;

  large(bytes: Buffer): void {
    if (bytes.length < copyBelowBytes) {
      this.small.append(bytes, 0, bytes.length);
      return;
    }
    this.cut();
    this.pieces.push(bytes);
  }

  /** Encodes the columns as one block. The buffers hold until the columns are cleared or the writer is used again. */
  encode(columns: ReadonlyArray<{ readonly name: string; readonly column: Column }>, rows: number): Buffer[] {
    this.small.length = 0;
    this.taken = 0;
    this.pieces = [];
    // Room for everything small at once: a growing store would leave earlier cuts pointing at its old memory.
    this.small.reserve(columns.length * (copyBelowBytes * 4 + 256) + 64);
    this.small.appendVarint(columns.length);
    this.small.appendVarint(rows);
    for (const { name, column } of columns) {
      this.appendName(name);
      this.appendName(column.type);
      column.write(this);
    }
    this.cut();
    return this.pieces;
  }

  private appendName(name: string): void {
    this.small.appendVarint(Buffer.byteLength(name));
    this.small.appendText(name);
  }

  private cut(): void {
    if (this.small.length > this.taken)
      this.pieces.push(this.small.bytes.subarray(this.taken, this.small.length));
    this.taken = this.small.length;
  }
}
