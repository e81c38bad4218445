import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { z } from "zod";
import { BackupError } from "./errors.ts";

const manifestFile = "manifest.json";

function isBelow(path: string): boolean {
  return !isAbsolute(path) && path.split(/[/\\]/).every((part) => part !== ".." && part !== "");
}

const fileSchema = z.strictObject({
  /** Path below the backup's directory: a restore writes nowhere else than where it is told to. */
  path: z.string().refine(isBelow, "a path leads out of the backup"),
  bytes: z.int(),
  /** CRC-32. */
  crc: z.int(),
});

export const manifestSchema = z.strictObject({
  format: z.literal(1),
  /** Version of the server that took it. */
  version: z.string(),
  /** ISO 8601: everything acknowledged before it is in the backup. */
  takenAt: z.string(),
  /** Names of the migrations its tables stand at, in order. */
  migrations: z.array(z.string()),
  tables: z.array(
    z.strictObject({
      name: z.string().regex(/^\w+$/),
      rows: z.int(),
      parts: z.array(z.string().regex(/^[\w-]+$/)),
    }),
  ),
  files: z.array(fileSchema),
});

/** What a backup holds. It is written last: a backup without it was not finished. */
export type Manifest = z.infer<typeof manifestSchema>;
export type BackedUpFile = z.infer<typeof fileSchema>;

export function manifestPath(directory: string): string {
  return join(directory, manifestFile);
}

/** Reads the manifest of a backup. Throws BackupError. */
export async function readManifest(directory: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(manifestPath(directory), "utf8");
  } catch (cause) {
    throw new BackupError(
      `${directory} holds no backup that was taken to its end: ${manifestFile} is missing`,
      {
        cause,
      },
    );
  }
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new BackupError(
      `${manifestPath(directory)} cannot be used: it is damaged, or was written by a newer version`,
      { cause },
    );
  }
}
