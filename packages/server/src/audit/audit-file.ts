// The log of who did what: one line of JSON each, only ever added to. Commands and a running server may write to it side by side.
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { listFullFiles, parseAuditLine } from "./audit-files.ts";
import { AuditWriteError } from "./errors.ts";
import type { AuditEntry } from "./entry.ts";
import { endsWithLine, readLinesBackwards } from "./read-backwards.ts";

/** Where the file lies in a data directory; full ones lie beside it as `audit.000001.jsonl`. */
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

/** Where an entry stands: the number of its file, and where in it the line begins. */
export interface AuditPlace {
  readonly file: number;
  readonly offset: number;
}

export interface AuditQuestion {
  /** Of one project; of all where it is not given. */
  readonly project?: string | undefined;
  readonly limit: number;
  /** `next` of the list before; the newest where it is not given. */
  readonly before?: AuditPlace | undefined;
}

/** Entries, the newest first. */
export interface AuditList {
  readonly entries: readonly AuditEntry[];
  /** Where the next list begins; null at the end. */
  readonly next: AuditPlace | null;
}

/** Reads the files from the end of the newest. Lines that are no entry are left out. */
export async function listAudit(path: string, question: AuditQuestion): Promise<AuditList> {
  const { project, limit, before } = question;
  const entries: AuditEntry[] = [];
  let last: AuditPlace | null = null;
  for await (const { text, file, offset } of readFilesBackwards(path, before)) {
    if (project !== undefined && !text.includes(`"${project}"`)) continue; // quicker than parsing every line
    const entry = parseAuditLine(text);
    if (entry === undefined || (project !== undefined && entry.project !== project)) continue;
    if (entries.length >= limit) return { entries, next: last };
    entries.push(entry);
    last = { file, offset };
  }
  return { entries, next: null };
}

interface PlacedLine extends AuditPlace {
  readonly text: string;
}

async function* readFilesBackwards(path: string, before: AuditPlace | undefined): AsyncGenerator<PlacedLine> {
  // Opened before the others are listed: when it is full meanwhile, it is among them under its number.
  const newest = await openIfThere(path);
  try {
    const full = await listFullFiles(path);
    const number = (full.at(-1)?.number ?? 0) + 1;
    const isListed = newest !== undefined && (await isSameFile(newest, full.at(-1)?.path));
    if (newest !== undefined && !isListed) yield* readOne(newest, number, before);
    for (const older of full.toReversed()) {
      if (before !== undefined && older.number > before.file) continue;
      const file = await openIfThere(older.path);
      if (file === undefined) continue; // dropped meanwhile
      try {
        yield* readOne(file, older.number, before);
      } finally {
        await file.close();
      }
    }
  } finally {
    await newest?.close();
  }
}

async function* readOne(
  file: FileHandle,
  number: number,
  before: AuditPlace | undefined,
): AsyncGenerator<PlacedLine> {
  if (before !== undefined && number > before.file) return;
  const end = before?.file === number ? before.offset : undefined;
  for await (const line of readLinesBackwards(file, end)) yield { ...line, file: number };
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  return open(path, "r").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw cause;
  });
}

async function isSameFile(file: FileHandle, path: string | undefined): Promise<boolean> {
  const other = path === undefined ? undefined : await openIfThere(path);
  if (other === undefined) return false;
  try {
    const [left, right] = await Promise.all([file.stat(), other.stat()]);
    return left.ino === right.ino && left.dev === right.dev;
  } finally {
    await other.close();
  }
}
