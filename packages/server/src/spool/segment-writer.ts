import { open, unlink } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { SpoolWriteError } from "./errors.ts";
import type { Frame, FrameCounts, FramePart } from "./frame.ts";
import { dataFile, framesFile } from "./segment-files.ts";
import { encodeFrame, encodeSeal, roomFor } from "./sidecar.ts";
import { SyncedFile } from "./synced-file.ts";

/** Rows of one table, encoded as a Native block. */
export interface TableRows {
  readonly table: string;
  readonly rows: number;
  readonly buffers: readonly Buffer[];
}

/** A group of requests to be made durable together. */
export interface Batch {
  readonly tables: readonly TableRows[];
  readonly counts: readonly FrameCounts[];
  readonly requests: readonly string[];
}

interface DataFile {
  readonly file: SyncedFile;
  size: number;
}

/** The segment that is being written: a file of Native blocks per table and the sidecar that says what is in them. */
export class SegmentWriter {
  readonly block: number;
  readonly frames: Frame[] = [];
  rows = 0;
  bytes = 0;
  private readonly directory: string;
  private readonly frameFile: SyncedFile;
  private frameSize = 0;
  /** How long the sidecar is; zeros behind the lines say that it was not cut. */
  private frameRoom = 0;
  /** True while what a refused batch left behind could not be cut off: the next one overwrites it, and maybe not all of it. */
  private isSpoiled = false;
  private readonly files = new Map<string, DataFile>();

  private constructor(directory: string, block: number, frameFile: SyncedFile) {
    this.directory = directory;
    this.block = block;
    this.frameFile = frameFile;
  }

  /** Throws SpoolWriteError where no file can be made: no room, no descriptor left, a disk that takes no writes. */
  static async open(directory: string, block: number): Promise<SegmentWriter> {
    let frameFile: SyncedFile | undefined;
    try {
      frameFile = await SyncedFile.create(framesFile(directory, block));
      const writer = new SegmentWriter(directory, block, frameFile);
      await writer.makeRoom(0);
      await syncDirectory(directory);
      return writer;
    } catch (cause) {
      await frameFile?.close();
      // One with nothing in it would look as if it had been emptied.
      if (frameFile !== undefined) await removeIfThere(framesFile(directory, block)).catch(() => undefined);
      throw toWriteError(directory, cause);
    }
  }

  get tables(): string[] {
    return [...this.files.keys()];
  }

  /**
   * Appends the batch and returns once it is durable: data and sidecar are written side by side, because a frame counts
   * only when the CRC of its data fits. Throws SpoolWriteError and takes everything back when the disk refuses.
   */
  async append(batch: Batch, at: number): Promise<Frame> {
    const parts: Record<string, FramePart> = {};
    if (this.isSpoiled) await this.takeBack();
    try {
      const targets: [TableRows, DataFile][] = [];
      for (const rows of batch.tables) targets.push([rows, await this.fileOf(rows.table)]);
      // Nothing to wait for from here on: a failure in between would cut back files that are being written.
      const writes = [];
      for (const [rows, { file, size }] of targets) {
        parts[rows.table] = { offset: size, ...measure(rows) };
        writes.push(file.write(rows.buffers, size));
      }
      const frame: Frame = { at, parts, counts: batch.counts, requests: batch.requests };
      const line = encodeFrame(frame, { block: this.block, number: this.frames.length + 1 });
      writes.push(this.writeLine(line));
      await settleAll(writes);
      this.keep(frame, line.length);
      return frame;
    } catch (cause) {
      await this.takeBack();
      throw toWriteError(this.directory, cause);
    }
  }

  /** Says on disk that nothing more comes, and closes. Where that cannot be written, the segment is as a kill leaves it. */
  async seal(): Promise<void> {
    const line = encodeSeal(this.block, this.frames);
    try {
      await this.writeLine(line);
      await this.frameFile.truncate(this.frameSize + line.length);
    } catch {
      await this.takeBack();
    }
    await this.frameFile.close();
    for (const { file } of this.files.values()) await file.close();
  }

  private keep(frame: Frame, lineLength: number): void {
    this.frames.push(frame);
    this.frameSize += lineLength;
    for (const [table, part] of Object.entries(frame.parts)) {
      const file = this.files.get(table);
      if (file !== undefined) file.size += part.length;
      this.rows += part.rows;
      this.bytes += part.length;
    }
  }

  /** Cuts the files back to what was durable before, so that a refused batch never comes back at a restart. */
  private async takeBack(): Promise<void> {
    const cuts = [...this.files.values()].map(({ file, size }) => file.truncate(size));
    cuts.push(this.frameFile.truncate(this.frameSize).then(() => this.frameFile.truncate(this.frameRoom)));
    const results = await Promise.allSettled(cuts);
    this.isSpoiled = results.some(({ status }) => status === "rejected");
  }

  private async writeLine(line: Buffer): Promise<void> {
    await this.makeRoom(line.length);
    await this.frameFile.write([line], this.frameSize);
  }

  private async makeRoom(bytes: number): Promise<void> {
    const room = roomFor(this.frameSize + bytes);
    if (room <= this.frameRoom) return;
    await this.frameFile.extend(room);
    this.frameRoom = room;
  }

  private async fileOf(table: string): Promise<DataFile> {
    const known = this.files.get(table);
    if (known !== undefined) return known;
    const file = await SyncedFile.create(dataFile(this.directory, this.block, table));
    const made = { file, size: 0 };
    this.files.set(table, made);
    await syncDirectory(this.directory);
    return made;
  }
}

function measure(rows: TableRows): { length: number; crc: number; rows: number } {
  let length = 0;
  let crc = 0;
  for (const buffer of rows.buffers) {
    length += buffer.length;
    crc = crc32(buffer, crc);
  }
  return { length, crc, rows: rows.rows };
}

/** Waits for all, then throws the first failure: nothing may still be writing when files are cut back. */
async function settleAll(writes: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(writes);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

function toWriteError(directory: string, cause: unknown): SpoolWriteError {
  return new SpoolWriteError(`the spool in ${directory} cannot be written: ${String(cause)}`, { cause });
}

/** Makes new names in the directory durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function removeIfThere(file: string): Promise<void> {
  await unlink(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw cause;
  });
}
