import { readFile } from "node:fs/promises";
import { parseRuleFile } from "../rules/parse-rule-file.ts";
import { readRuleFiles } from "../rules/read-rule-files.ts";
import { RuleFileError } from "../rules/rule-file-error.ts";
import type { RuleSource } from "../rules/rule.ts";
import type { CommandOutcome } from "./check-rules.ts";
import { findRuleFiles } from "./find-rule-files.ts";
import { runUnitTest } from "./run-unit-test.ts";
import { parseUnitTestFile } from "./unit-test-file.ts";

/** Runs unit tests of rules in promtool's file format, as `promtool test rules` does. */
export async function testRules(paths: readonly string[]): Promise<CommandOutcome> {
  const outcomes: CommandOutcome[] = [];
  for (const path of paths) outcomes.push(await testFile(path));
  const failed = outcomes.filter(({ isOk }) => !isOk).length;
  const summary = `${outcomes.length - failed} passed, ${failed} failed`;
  return { text: [...outcomes.map(({ text }) => text), summary].join("\n"), isOk: failed === 0 };
}

async function testFile(path: string): Promise<CommandOutcome> {
  const { problems, warnings } = await findProblems(path).catch((error: unknown) => {
    if (error instanceof RuleFileError) return { problems: [error.message], warnings: [] };
    throw error;
  });
  const lines = [`Unit Testing:  ${path}`, ...warnings];
  const verdict = problems.length === 0 ? ["  SUCCESS"] : ["  FAILED:", ...problems];
  return { text: [...lines, ...verdict].join("\n"), isOk: problems.length === 0 };
}

async function findProblems(path: string): Promise<{ problems: string[]; warnings: string[] }> {
  const file = parseUnitTestFile(path, await readText(path));
  const warnings: string[] = [];
  const sources: RuleSource[] = [];
  for (const pattern of file.ruleFiles) {
    const found = await findRuleFiles(path, pattern);
    if (found.length === 0) warnings.push(`  WARNING: no file match pattern ${pattern}`);
    sources.push(...(await readRuleFiles(found)));
  }
  for (const source of sources) parseRuleFile(source);
  const problems: string[] = [];
  for (const test of file.tests) problems.push(...(await runUnitTest(file, test, sources)));
  return { problems, warnings };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const message = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new RuleFileError(path, [{ line: 0, column: 0, kind: "file", message }], { cause: error });
  }
}
