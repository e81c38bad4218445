// What other products' SDKs said and is not a span yet, on disk: one line per entry, synced in groups before any of them is acknowledged.
// Zeros lie behind the lines, so that a file that was cut is told from one that a kill left: a kill makes no file shorter.
import { constants, createReadStream, existsSync } from "node:fs";
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { SpoolWriteError } from "../../spool/errors.ts";
import { syncDirectory } from "../../spool/segment-writer.ts";
import { isRoom, roomFor } from "../../spool/sidecar.ts";

/** An entry that was written and can be read again, in order. */
export type ReadEntry = (entry: unknown) => void;

export interface JournalReport {
  /** Lines that are not what was written; what they said is lost. */
  readonly damagedLines: number;
  /** True where the file has lost its end: how many lines that were nothing says. */
  readonly isCut: boolean;
}

interface Waiting {
  readonly lines: string[];
  readonly done: Promise<void>;
  readonly settle: (failure?: unknown) => void;
}

/** An append-only file of JSON values with a checksum each. */
export class Journal {
  private readonly path: string;
  private file: FileHandle;
  /** Bytes of its lines. */
  private size: number;
  private waiting: Waiting | undefined;
  private last: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle, size: number) {
    this.path = path;
    this.file = file;
    this.size = size;
  }

  /** Reads what the file holds, then opens it for more. A last line that was cut off was never acknowledged. */
  static async open(path: string, read: ReadEntry): Promise<{ journal: Journal; report: JournalReport }> {
    await mkdir(dirname(path), { recursive: true });
    const { wholeBytes, restBytes, isMarked, ...report } = await readLines(path, read);
    const file = await open(path, constants.O_RDWR | constants.O_CREAT);
    const journal = new Journal(path, file, wholeBytes);
    await journal.settle(restBytes, isMarked);
    return { journal, report };
  }

  get sizeBytes(): number {
    return this.size;
  }

  /** Resolves when the entries are on disk. Throws SpoolWriteError: none of them is sure to be there. */
  append(entries: readonly unknown[]): Promise<void> {
    this.waiting ??= this.startGroup();
    this.waiting.lines.push(...entries.map(encodeLine));
    return this.waiting.done;
  }

  /** Replaces everything appended so far by the entries, all or nothing. Throws SpoolWriteError: one of the two is there as a whole. */
  rewrite(entries: readonly unknown[]): Promise<void> {
    // Whatever waits is among the entries already: it goes to the old file, what comes from now on to the new one.
    this.waiting = undefined;
    const text = [mark, ...entries].map(encodeLine).join("");
    return this.enqueue(async () => {
      const next = `${this.path}.next`;
      await rm(next, { force: true });
      const file = await open(next, "wx");
      try {
        await file.writeFile(text);
        await file.truncate(roomFor(Buffer.byteLength(text)));
        await file.datasync();
        await rename(next, this.path);
      } catch (cause) {
        await file.close();
        throw cause;
      }
      // From here on the old file has no name: nothing may be written to it.
      const old = this.file;
      this.file = file;
      this.size = Buffer.byteLength(text);
      await old.close();
      await syncDirectory(dirname(this.path));
    });
  }

  async close(): Promise<void> {
    await this.last.catch(() => undefined);
    await this.file.close();
  }

  private startGroup(): Waiting {
    let settle: Waiting["settle"] = () => undefined;
    const done = new Promise<void>((resolve, reject) => {
      settle = (failure) => (failure === undefined ? resolve() : reject(failure));
    });
    done.catch(() => undefined); // every waiting request hears of it
    const group = { lines: [], done, settle };
    void this.enqueue(() => this.writeGroup(group)).then(
      () => settle(),
      (failure: unknown) => settle(failure),
    );
    return group;
  }

  private async writeGroup(group: Waiting): Promise<void> {
    if (this.waiting === group) this.waiting = undefined;
    await this.write(Buffer.from(group.lines.join(""), "utf8"));
  }

  /** What a kill left of a last line is made zeros, and the file is marked as one that has them behind its lines. */
  private async settle(restBytes: number, isMarked: boolean): Promise<void> {
    try {
      if (restBytes > 0) await writeAll(this.file, Buffer.alloc(restBytes), this.size);
      if (!isMarked) await this.write(Buffer.from(encodeLine(mark), "utf8"));
      await this.file.truncate(roomFor(this.size));
    } catch {
      await this.file.truncate(this.size); // no room on the disk: as versions before left it
    }
  }

  private async write(bytes: Buffer): Promise<void> {
    try {
      const room = roomFor(this.size + bytes.length);
      if (room > (await this.file.stat()).size) await this.file.truncate(room);
      await writeAll(this.file, bytes, this.size);
      await this.file.datasync();
    } catch (cause) {
      await this.file.truncate(this.size).catch(() => undefined);
      await this.file.truncate(roomFor(this.size)).catch(() => undefined);
      throw cause;
    }
    this.size += bytes.length;
  }

  /** One write at a time, in the order asked for. */
  private enqueue(write: () => Promise<void>): Promise<void> {
    const done = this.last
      .catch(() => undefined)
      .then(write)
      .catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new SpoolWriteError(`the journal ${this.path} cannot be written: ${reason}`, { cause });
      });
    this.last = done;
    done.catch(() => undefined); // whoever asked hears of it
    return done;
  }
}

function encodeLine(entry: unknown): string {
  const text = JSON.stringify(entry);
  return `${crc32(text).toString(16).padStart(8, "0")} ${text}\n`;
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

/** The entry that says of a file that zeros lie behind its lines; files of older versions have neither. */
const mark = { kind: "room" };
const newline = 0x0a;

interface FoundLines extends JournalReport {
  /** Where the last line ends, one that was cut off left out, … */
  readonly wholeBytes: number;
  /** … and how many bytes there are of that one. */
  readonly restBytes: number;
  readonly isMarked: boolean;
}

/** Hands over every whole entry. */
async function readLines(path: string, read: ReadEntry): Promise<FoundLines> {
  const found = { damagedLines: 0, wholeBytes: 0, isMarked: false };
  let rest: Buffer = Buffer.alloc(0);
  let size = 0;
  if (existsSync(path)) {
    for await (const chunk of createReadStream(path, {
      highWaterMark: 1024 * 1024,
    }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let start = 0;
      for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
        takeLine(found, bytes.toString("utf8", start, end), read);
        start = end + 1;
      }
      found.wholeBytes += start;
      rest = bytes.subarray(start);
    }
  }
  const restBytes = rest.length - countZerosAtEnd(rest);
  const hasRoom = restBytes < rest.length && isRoom(size);
  return { ...found, restBytes, isCut: found.isMarked && !hasRoom };
}

function takeLine(found: { damagedLines: number; isMarked: boolean }, line: string, read: ReadEntry): void {
  const entry = decodeLine(line);
  if (entry === undefined) found.damagedLines += 1;
  else if (isMark(entry)) found.isMarked = true;
  else read(entry);
}

function isMark(entry: unknown): boolean {
  return typeof entry === "object" && entry !== null && "kind" in entry && entry.kind === mark.kind;
}

function countZerosAtEnd(bytes: Buffer): number {
  let start = bytes.length;
  while (start > 0 && bytes[start - 1] === 0) start -= 1;
  return bytes.length - start;
}

function decodeLine(line: string): unknown {
  const text = line.slice(9);
  if (crc32(text).toString(16).padStart(8, "0") !== line.slice(0, 8)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // counted as damaged
  }
}
