import { open, readFile, rename } from "node:fs/promises";
import type { z } from "zod";

/** One JSON document on disk. */
export interface StateFile<T> {
  /** The document, or null when there is none. Throws `StateFileError` when it cannot be read. */
  load(): Promise<T | null>;
  /** Replaces the document as a whole: a kill leaves the old one or the new one. */
  save(state: T): Promise<void>;
}

/** A state file that is damaged or cannot be read. */
export class StateFileError extends Error {
  readonly code = "state_file_unreadable";
  override readonly name = "StateFileError";
}

/** A state file at `path` that holds what `schema` describes. Saves must not overlap. */
export function createStateFile<T>(path: string, schema: z.ZodType<T>): StateFile<T> {
  return {
    async load() {
      try {
        return schema.parse(JSON.parse(await readFile(path, "utf8")));
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
        const message = `cannot read the state in ${path}: move the file away to start without it`;
        throw new StateFileError(message, { cause: error });
      }
    },
    async save(state) {
      const next = `${path}.next`;
      const file = await open(next, "w", 0o600);
      try {
        await file.writeFile(JSON.stringify(state));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(next, path);
    },
  };
}
