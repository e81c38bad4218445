// What other products' SDKs said and is not a span yet, on disk: one line per entry, synced in groups before any of them is acknowledged.
import { createReadStream, existsSync } from "node:fs";
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { SpoolWriteError } from "../../spool/errors.ts";
import { syncDirectory } from "../../spool/segment-writer.ts";

/** An entry that was written and can be read again, in order. */
export type ReadEntry = (entry: unknown) => void;

export interface JournalReport {
  /** Lines that are not what was written; what they said is lost. */
  readonly damagedLines: number;
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
    const { damagedLines, wholeBytes } = await readLines(path, read);
    const file = await open(path, "a");
    await file.truncate(wholeBytes);
    return { journal: new Journal(path, file, wholeBytes), report: { damagedLines } };
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
    const text = entries.map(encodeLine).join("");
    return this.enqueue(async () => {
      const next = `${this.path}.next`;
      await rm(next, { force: true });
      const file = await open(next, "ax"); // so that it goes on at its end, also after a write that was cut back
      try {
        await file.writeFile(text);
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
    const bytes = Buffer.from(group.lines.join(""), "utf8");
    try {
      await this.file.appendFile(bytes);
      await this.file.datasync();
    } catch (cause) {
      await this.file.truncate(this.size).catch(() => undefined);
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

const newline = 0x0a;

/** Hands over every whole entry; answers how many lines are damaged and where the last line ends, one that was cut off left out. */
async function readLines(
  path: string,
  read: ReadEntry,
): Promise<{ damagedLines: number; wholeBytes: number }> {
  let damagedLines = 0;
  let wholeBytes = 0;
  if (!existsSync(path)) return { damagedLines, wholeBytes };
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      const entry = decodeLine(bytes.toString("utf8", start, end));
      if (entry === undefined) damagedLines += 1;
      else read(entry);
      start = end + 1;
    }
    wholeBytes += start;
    rest = bytes.subarray(start);
  }
  return { damagedLines, wholeBytes };
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
