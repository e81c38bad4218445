// The log in files: the one that is written to, and those that were full before it, numbered in their order.
import { createReadStream } from "node:fs";
import { open, readdir, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { createInterface } from "node:readline";
import { auditEntrySchema, type AuditEntry } from "./entry.ts";

/** A file that is full, and not written to any more. */
export interface FullAuditFile {
  /** 1, 2, 3, …; a higher one is newer. */
  readonly number: number;
  readonly path: string;
}

/** What a file holds. */
export interface AuditFileContent {
  readonly entries: number;
  readonly bytes: number;
  /** Times of the first and the last entry, ISO 8601; null where there is none. */
  readonly from: string | null;
  readonly to: string | null;
}

export interface AuditLimits {
  /** A file of this size is full. */
  readonly fileBytes: number;
  /** What is more than this in all is dropped, the oldest file first. */
  readonly maxBytes: number;
}

const largestFileBytes = 16 * 1024 * 1024;
const fewestFiles = 8;

/** Files of an eighth of the whole, 16 MiB at most: what is dropped at a time is a small part of it. */
export function toAuditLimits(maxBytes: number): AuditLimits {
  return { maxBytes, fileBytes: Math.min(largestFileBytes, Math.ceil(maxBytes / fewestFiles)) };
}

/** The full files beside the one of this path, the oldest first. */
export async function listFullFiles(path: string): Promise<FullAuditFile[]> {
  const [directory, extension] = [dirname(path), extname(path)];
  const stem = basename(path, extension);
  const names = await readdir(directory).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    throw cause;
  });
  return names
    .filter((name) => name.startsWith(`${stem}.`) && name.endsWith(extension))
    .map((name) => ({ digits: name.slice(stem.length + 1, -extension.length), path: join(directory, name) }))
    .filter(({ digits }) => /^\d{6,9}$/.test(digits))
    .map((file) => ({ number: Number(file.digits), path: file.path }))
    .toSorted((left, right) => left.number - right.number);
}

/**
 * Begins a new file where the one that is written to is full: to be called by one process alone. Another one that has it open still
 * adds to it under its new name, so that nothing is lost.
 */
export async function beginNewFile(path: string, { fileBytes }: AuditLimits): Promise<boolean> {
  if ((await readSize(path)) < fileBytes) return false;
  const full = await listFullFiles(path);
  const number = String((full.at(-1)?.number ?? 0) + 1).padStart(6, "0");
  const extension = extname(path);
  await rename(path, `${path.slice(0, -extension.length)}.${number}${extension}`);
  return true;
}

/** The full files that are too much. What stays is never much less than what may be kept, also where one file is larger than the rest. */
export async function findSurplus(path: string, limits: AuditLimits): Promise<FullAuditFile[]> {
  const full = await listFullFiles(path);
  const sizes = await Promise.all(full.map((file) => readSize(file.path)));
  let bytes = sizes.reduce((sum, size) => sum + size, await readSize(path));
  const surplus: FullAuditFile[] = [];
  for (const [index, file] of full.entries()) {
    const rest = bytes - (sizes[index] ?? 0);
    if (bytes <= limits.maxBytes || rest < limits.maxBytes - limits.fileBytes) break;
    surplus.push(file);
    bytes = rest;
  }
  return surplus;
}

/** Reads a file once through. */
export async function readContent(path: string): Promise<AuditFileContent> {
  const input = createReadStream(path);
  let entries = 0;
  let from: string | null = null;
  let to: string | null = null;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const entry = parseAuditLine(line);
    if (entry === undefined) continue;
    entries += 1;
    from ??= entry.time;
    to = entry.time;
  }
  return { entries, bytes: input.bytesRead, from, to };
}

/** Removes a full file. */
export async function dropFile({ path }: FullAuditFile): Promise<void> {
  await unlink(path);
  const directory = await open(dirname(path), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** The entry of a line; undefined for one that was cut off by a kill, or edited by hand. */
export function parseAuditLine(text: string): AuditEntry | undefined {
  try {
    return auditEntrySchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function readSize(path: string): Promise<number> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw cause;
  });
  return found?.size ?? 0;
}
