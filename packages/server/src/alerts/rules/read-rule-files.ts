import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { RuleFileError } from "./rule-file-error.ts";
import type { RuleSource } from "./rule.ts";

async function listFiles(path: string): Promise<string[]> {
  const found = await stat(path);
  if (!found.isDirectory()) return [path];
  const names = await readdir(path);
  return names
    .filter((name) => /\.ya?ml$/.test(name))
    .toSorted()
    .map((name) => join(path, name));
}

/**
 * Reads rule files; a directory stands for its `*.yaml` and `*.yml`.
 * Throws `RuleFileError` when a file or directory cannot be read.
 */
export async function readRuleFiles(paths: readonly string[]): Promise<readonly RuleSource[]> {
  const sources: RuleSource[] = [];
  for (const path of paths) {
    try {
      for (const file of await listFiles(path)) {
        sources.push({ file, text: await readFile(file, "utf8") });
      }
    } catch (error) {
      const message = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      throw new RuleFileError(path, [{ line: 0, column: 0, message }], { cause: error });
    }
  }
  return sources;
}
