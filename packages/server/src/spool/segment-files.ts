import { join } from "node:path";

const digits = 12;

/** File names of a segment: `<block>.<table>.native` and `<block>.frames`. */
export function dataFile(directory: string, block: number, table: string): string {
  return join(directory, `${String(block).padStart(digits, "0")}.${table}.native`);
}

export function framesFile(directory: string, block: number): string {
  return join(directory, `${String(block).padStart(digits, "0")}.frames`);
}

/** What a file of the spool directory is; undefined for a stranger's. */
export function parseFileName(name: string): { block: number; table: string | null } | undefined {
  const match = /^(\d{12})\.(?:(frames)|([a-z_]+)\.native)$/.exec(name);
  if (match === null) return undefined;
  return { block: Number(match[1]), table: match[2] === undefined ? (match[3] ?? null) : null };
}
