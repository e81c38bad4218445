import { readdir } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";

function toRule(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", "[^/]*").replaceAll("?", "[^/]")}$`);
}

/** The files a `rule_files` entry names: relative to the test file; `*`, `?` and `[…]` in the last part. */
export async function findRuleFiles(testFile: string, pattern: string): Promise<readonly string[]> {
  const path = resolve(dirname(testFile), pattern);
  if (!/[*?[]/.test(basename(pattern))) return [path];
  const rule = toRule(basename(path));
  const names = await readdir(dirname(path)).catch(() => []);
  return names
    .filter((name) => rule.test(name))
    .toSorted()
    .map((name) => resolve(dirname(path), name));
}
