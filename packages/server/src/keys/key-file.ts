import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { KeyFileError } from "./errors.ts";
import { keyFileSchema, type Key } from "./key.ts";

/** Keys of the file in order of creation; none where it does not exist. Throws KeyFileError. */
export function readKeyFile(path: string): Key[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new KeyFileError(`the keys in ${path} cannot be read: ${toReason(cause)}`, { cause });
  }
  try {
    return keyFileSchema.parse(JSON.parse(text)).keys;
  } catch (cause) {
    throw new KeyFileError(
      `the keys in ${path} cannot be used: ${toReason(cause)}; restore the file from a backup, or remove it and make new keys`,
      { cause },
    );
  }
}

/**
 * Changes the file, also while a server runs on it: one change at a time, swapped in whole, readable by its owner alone.
 * Throws KeyFileError.
 */
export async function changeKeyFile(
  path: string,
  change: (keys: readonly Key[]) => readonly Key[],
): Promise<void> {
  makeOneDirectory(dirname(path));
  await withLock(`${path}.lock`, () => {
    const keys = change(readKeyFile(path));
    const draft = `${path}.${randomBytes(6).toString("hex")}.tmp`;
    writeDurably(draft, `${JSON.stringify({ version: 1, keys }, null, 2)}\n`);
    renameSync(draft, path);
  });
}

/** One level alone: on Node 20 `recursive` never ends where the system makes no directories, as below /proc. */
function makeOneDirectory(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return; // a file in its place is named by what opens it
    throw new KeyFileError(
      `the directory of the keys cannot be made: ${toReason(cause)}; give one this user may write to`,
      { cause },
    );
  }
}

function writeDurably(path: string, text: string): void {
  const descriptor = openSync(path, "wx", 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const lockTries = 100;
const lockDelayMs = 50;
/** A change takes milliseconds: a lock of this age was left by a killed process. */
const staleLockMs = 10_000;

async function withLock(lock: string, work: () => void): Promise<void> {
  for (let tries = 0; !tryLock(lock); tries += 1) {
    if (tries >= lockTries) throw new KeyFileError(`another process holds ${lock}; try again, or remove it`);
    await delay(lockDelayMs);
  }
  try {
    work();
  } finally {
    unlinkSync(lock);
  }
}

function tryLock(lock: string): boolean {
  try {
    closeSync(openSync(lock, "wx", 0o600));
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") {
      throw new KeyFileError(`the keys cannot be changed: ${toReason(cause)}`, { cause });
    }
    removeStale(lock);
    return false;
  }
}

function removeStale(lock: string): void {
  try {
    if (Date.now() - statSync(lock).mtimeMs > staleLockMs) unlinkSync(lock);
  } catch {
    // whoever held it has just let go
  }
}

function toReason(cause: unknown): string {
  if (cause instanceof z.ZodError) return z.prettifyError(cause).replaceAll(/\s+/g, " ");
  return cause instanceof Error ? cause.message : String(cause);
}
