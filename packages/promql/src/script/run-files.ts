// The command behind `npm run promql:scripts -- FILE…`.
import { readFile } from "node:fs/promises";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { runScript, type EvalOutcome } from "./run-script.ts";

function describe(file: string, outcome: EvalOutcome): string {
  const { line, query, status, message } = outcome;
  return `${status.toUpperCase()} ${file}:${line} ${query}\n    ${message}\n`;
}

/** Runs script files and writes what failed and what was skipped, then the counts. */
export async function runFiles(
  files: readonly string[],
  write: (text: string) => void,
): Promise<{ passed: number; failed: number; skipped: number }> {
  const counts = { passed: 0, failed: 0, skipped: 0, ignored: 0 };
  for (const file of files) {
    for (const outcome of await runScript(await readFile(file, "utf8"))) {
      counts[outcome.status]++;
      if (outcome.status !== "passed") write(describe(file, outcome));
    }
  }
  write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  return counts;
}

async function main(files: readonly string[]): Promise<void> {
  if (files.length === 0) {
    process.stderr.write("usage: npm run promql:scripts -- FILE…\n");
    process.exitCode = 2;
    return;
  }
  const { failed } = await runFiles(files, (text) => process.stdout.write(text));
  if (failed > 0) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await main(process.argv.slice(2));
}
