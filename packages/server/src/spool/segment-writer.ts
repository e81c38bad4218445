import { open, unlink, type FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { SpoolWriteError } from "./errors.ts";
import { encodeFrame, type Frame, type FrameCounts, type FramePart } from "./frame.ts";
import { dataFile, framesFile } from "./segment-files.ts";

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
  readonly handle: FileHandle;
  size: number;
}

/** The segment that is being written: a file of Native blocks per table and the sidecar that says what is in them. */
export class SegmentWriter {
  readonly block: number;
  readonly frames: Frame[] = [];
  rows = 0;
  bytes = 0;
  private readonly directory: string;
  private readonly frameHandle: FileHandle;
  private frameSize = 0;
  private readonly files = new Map<string, DataFile>();

  private constructor(directory: string, block: number, frameHandle: FileHandle) {
    this.directory = directory;
    this.block = block;
    this.frameHandle = frameHandle;
  }

  static async open(directory: string, block: number): Promise<SegmentWriter> {
    const writer = new SegmentWriter(directory, block, await open(framesFile(directory, block), "wx"));
    await syncDirectory(directory);
    return writer;
  }

  get tables(): string[] {
    return [...this.files.keys()];
  }

  /**
   * Appends the batch and returns once it is durable: data and sidecar are synced side by side, because a frame counts
   * only when the CRC of its data fits. Throws SpoolWriteError and takes everything back when the disk refuses.
   */
  async append(batch: Batch, at: number): Promise<Frame> {
    const parts: Record<string, FramePart> = {};
    try {
      const writes = [];
      for (const rows of batch.tables) {
        const file = await this.fileOf(rows.table);
        parts[rows.table] = { offset: file.size, ...measure(rows) };
        writes.push(writeAll(file.handle, rows.buffers, file.size));
      }
      const frame: Frame = { at, parts, counts: batch.counts, requests: batch.requests };
      const line = encodeFrame(frame);
      writes.push(writeAll(this.frameHandle, [line], this.frameSize));
      await settleAll(writes);
      this.keep(frame, line.length);
      return frame;
    } catch (cause) {
      await this.takeBack();
      throw new SpoolWriteError(`the spool in ${this.directory} cannot be written: ${String(cause)}`, {
        cause,
      });
    }
  }

  async close(): Promise<void> {
    await this.frameHandle.close();
    for (const { handle } of this.files.values()) await handle.close();
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
    await this.frameHandle.truncate(this.frameSize).catch(() => undefined); // the next append overwrites the rest
    for (const { handle, size } of this.files.values()) await handle.truncate(size).catch(() => undefined);
  }

  private async fileOf(table: string): Promise<DataFile> {
    const known = this.files.get(table);
    if (known !== undefined) return known;
    const file = { handle: await open(dataFile(this.directory, this.block, table), "wx"), size: 0 };
    this.files.set(table, file);
    await syncDirectory(this.directory);
    return file;
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

async function writeAll(handle: FileHandle, buffers: readonly Buffer[], position: number): Promise<void> {
  let at = position;
  let rest = [...buffers];
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest.slice(0, 1000), at);
    at += bytesWritten;
    rest = dropWritten(rest, bytesWritten);
  }
  await handle.datasync();
}

function dropWritten(buffers: Buffer[], written: number): Buffer[] {
  let left = written;
  let index = 0;
  for (; index < buffers.length; index += 1) {
    const length = buffers[index]?.length ?? 0;
    if (left < length) break;
    left -= length;
  }
  const rest = buffers.slice(index);
  const first = rest[0];
  if (first !== undefined && left > 0) rest[0] = first.subarray(left);
  return rest;
}

/** Waits for all, then throws the first failure: nothing may still be writing when files are cut back. */
async function settleAll(writes: Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(writes);
  for (const result of results) if (result.status === "rejected") throw result.reason;
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
