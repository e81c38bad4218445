import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { StoreUnwritableError } from "./errors.ts";

/** Makes a directory and what is missing above it; throws StoreUnwritableError where that, or writing into it, is not possible. */
export function makeWritableDirectory(directory: string): void {
  try {
    makeDirectory(directory);
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw toUnwritable(directory, cause);
  }
}

export function toUnwritable(directory: string, cause: unknown): StoreUnwritableError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreUnwritableError(
    `cannot write to the data directory ${directory}: ${reason}; give a directory this user may write to`,
    { cause },
  );
}

/**
 * Makes a directory and what is missing above it, one level after the other: `recursive` never ends below /proc on Node 20, and
 * reports a wrong error for a read-only volume. Throws what the system says.
 */
export function makeDirectory(directory: string): void {
  const found = statSync(directory, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return;
  const parent = dirname(directory);
  if (found === undefined && parent !== directory) makeDirectory(parent);
  try {
    mkdirSync(directory);
  } catch (error) {
    const isThere = statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true;
    if (!isThere) throw error; // else another process made it meanwhile
  }
}
