import { writeFileSync } from "node:fs";
import { open, readFile, rename } from "node:fs/promises";
import type { z } from "zod";

/** One JSON document on disk. */
export interface StateFile<T> {
  /** The document, or null when there is none. Throws `StateFileError` when it cannot be read. */
  load(): Promise<T | null>;
  /** Replaces the document as a whole: a kill leaves the old one or the new one. Later saves win. */
  save(state: T): Promise<void>;
}

export interface StateFileOptions {
  /**
   * True: whoever reads after a kill finds the document from the moment `save` is called, not only once it is synced.
   * Costs a write on the calling thread; for small documents.
   */
  readonly isAtOnce?: boolean;
}

/** A state file that is damaged or cannot be read. */
export class StateFileError extends Error {
  readonly code = "state_file_unreadable";
  override readonly name = "StateFileError";
}

/** A state file at `path` that holds what `schema` describes. */
export function createStateFile<T>(
  path: string,
  schema: z.ZodType<T>,
  { isAtOnce = false }: StateFileOptions = {},
): StateFile<T> {
  const latest = `${path}.latest`;
  let writing: Promise<void> = Promise.resolve();
  return {
    async load() {
      // What was written at once may be torn by a power cut; the synced document is whole.
      const quick = isAtOnce ? await readDocument(latest, schema).catch(() => null) : null;
      return quick ?? (await readDocument(path, schema));
    },
    async save(state) {
      const text = JSON.stringify(state);
      if (isAtOnce) writeFileSync(latest, text, { mode: 0o600 });
      const mine = writing.then(() => replaceSynced(path, text));
      writing = mine.catch(() => undefined);
      await mine;
    },
  };
}

async function readDocument<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    const message = `cannot read the state in ${path}: move the file away to start without it`;
    throw new StateFileError(message, { cause: error });
  }
}

async function replaceSynced(path: string, text: string): Promise<void> {
  const next = `${path}.next`;
  const file = await open(next, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(next, path);
}
