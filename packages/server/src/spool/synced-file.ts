import { constants, writev } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import process from "node:process";

/** Where a write may return only once its bytes are on the disk; elsewhere a sync of its own follows it. */
const writesSynced = process.platform === "linux";
const newFile =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (writesSynced ? constants.O_DSYNC : 0);

/** Most buffers that one system call takes (IOV_MAX is 1024). */
const buffersPerCall = 1000;

/**
 * A new file whose writes are durable when they resolve. Written with O_DSYNC (open(2)): a write and an fdatasync in one
 * call, because each call costs the main thread a hand-over to another one and back.
 */
export class SyncedFile {
  private readonly handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.handle = handle;
  }

  /** Throws where the file exists. */
  static async create(path: string): Promise<SyncedFile> {
    return new SyncedFile(await open(path, newFile));
  }

  /** Writes the buffers one after the other from `position` on, in bytes. Rejects with the system's error, part of them written. */
  async write(buffers: readonly Buffer[], position: number): Promise<void> {
    let at = position;
    let rest = buffers;
    while (rest.length > 0) {
      const written = await this.writeSome(
        rest.length > buffersPerCall ? rest.slice(0, buffersPerCall) : rest,
        at,
      );
      at += written;
      rest = dropWritten(rest, written);
    }
    if (!writesSynced) await this.handle.datasync();
  }

  /** Makes it longer, by zeros that take no room, and returns once that is durable. */
  async extend(bytes: number): Promise<void> {
    await this.handle.truncate(bytes);
    await this.handle.datasync();
  }

  async truncate(bytes: number): Promise<void> {
    await this.handle.truncate(bytes);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  /** By the descriptor: the call of FileHandle costs twice as much. */
  private writeSome(buffers: readonly Buffer[], position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      writev(this.handle.fd, buffers, position, (cause, written) => {
        if (cause === null) resolve(written);
        else reject(cause);
      });
    });
  }
}

function dropWritten(buffers: readonly Buffer[], written: number): readonly Buffer[] {
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
