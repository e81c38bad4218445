// The file of who did what: one line of JSON each, only ever added to. Commands and a running server may write to it side by side.
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { AuditWriteError } from "./errors.ts";
import { auditEntrySchema, type AuditEntry } from "./entry.ts";

/** Where the file lies in a data directory. */
export function auditPath(directory: string): string {
  return join(directory, "audit.jsonl");
}

/** Adds an entry; it is on disk once this resolves. Throws AuditWriteError. */
export async function appendAudit(path: string, entry: AuditEntry): Promise<void> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, "a+", 0o600);
    // What a kill cut off is left as it is, on a line of its own.
    const start = (await endsWithLine(file)) ? "" : "\n";
    await file.appendFile(`${start}${JSON.stringify(entry)}\n`);
    await file.sync();
  } catch (cause) {
    throw new AuditWriteError(`${entry.action} of ${entry.target} is not in ${path}: ${String(cause)}`, {
      cause,
    });
  } finally {
    await file?.close();
  }
}

const newline = 0x0a;

async function endsWithLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === newline;
}

export interface AuditQuestion {
  /** Of one project; of all where it is not given. */
  readonly project?: string | undefined;
  readonly limit: number;
  /** `next` of the list before; the newest where it is not given. */
  readonly before?: number | undefined;
}

/** Entries, the newest first. */
export interface AuditList {
  readonly entries: readonly AuditEntry[];
  /** Where the next list begins; null at the end. */
  readonly next: number | null;
}

/** Reads the file from its end. Lines that are no entry are left out. */
export async function listAudit(path: string, question: AuditQuestion): Promise<AuditList> {
  const { project, limit, before } = question;
  const entries: AuditEntry[] = [];
  for await (const { text, offset } of readLinesBackwards(path, before)) {
    const entry = parseLine(text);
    if (entry === undefined || (project !== undefined && entry.project !== project)) continue;
    entries.push(entry);
    if (entries.length >= limit) return { entries, next: offset === 0 ? null : offset };
  }
  return { entries, next: null };
}

function parseLine(text: string): AuditEntry | undefined {
  try {
    return auditEntrySchema.parse(JSON.parse(text));
  } catch {
    return undefined; // cut off by a kill, or edited by hand
  }
}

const chunkBytes = 64 * 1024;

interface Line {
  readonly text: string;
  /** Where it begins in the file. */
  readonly offset: number;
}

/** Lines that begin before the offset, the last one first; none where there is no file. */
async function* readLinesBackwards(path: string, before: number | undefined): AsyncGenerator<Line> {
  const file = await open(path, "r").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw cause;
  });
  if (file === undefined) return;
  try {
    const { size } = await file.stat();
    let start = Math.min(size, before ?? size);
    /** From `start` on, up to the first line that was told. */
    let rest = Buffer.alloc(0);
    while (start > 0) {
      const length = Math.min(chunkBytes, start);
      start -= length;
      const chunk = Buffer.alloc(length);
      await file.read(chunk, 0, length, start);
      rest = Buffer.concat([chunk, rest]);
      // The newline at the very end closes the last line; the first line of the rest may begin further ahead.
      for (let at = rest.lastIndexOf(newline, -2); at !== -1; at = rest.lastIndexOf(newline, -2)) {
        yield { text: rest.toString("utf8", at + 1), offset: start + at + 1 };
        rest = rest.subarray(0, at + 1);
      }
    }
    if (rest.length > 0) yield { text: rest.toString("utf8"), offset: 0 };
  } finally {
    await file.close();
  }
}
