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
  const found = await collectRuleFiles(paths);
  return found.map((one) => {
    if (one instanceof RuleFileError) throw one;
    return one;
  });
}

/** Reads rule files as `readRuleFiles` does; what cannot be read stands among them as its error. */
export async function collectRuleFiles(
  paths: readonly string[],
): Promise<readonly (RuleSource | RuleFileError)[]> {
  const found: (RuleSource | RuleFileError)[] = [];
  for (const path of paths) {
    const files = await listFiles(path).catch((error: unknown) => toError(path, error));
    if (files instanceof RuleFileError) found.push(files);
    else found.push(...(await Promise.all(files.map(readOne))));
  }
  return found;
}

async function readOne(file: string): Promise<RuleSource | RuleFileError> {
  try {
    return { file, text: await readFile(file, "utf8") };
  } catch (error) {
    return toError(file, error);
  }
}

function toError(path: string, error: unknown): RuleFileError {
  const message = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  return new RuleFileError(path, [{ line: 0, column: 0, kind: "file", message }], { cause: error });
}
