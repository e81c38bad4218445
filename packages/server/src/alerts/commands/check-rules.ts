import { formatMetric, fromEntries } from "@spanlight/promql";
import { findDuplicates } from "../rules/find-duplicates.ts";
import { parseRuleFile } from "../rules/parse-rule-file.ts";
import { readRuleFiles } from "../rules/read-rule-files.ts";
import { RuleFileError } from "../rules/rule-file-error.ts";

/** What a command prints, and whether it found everything in order. */
export interface CommandOutcome {
  readonly text: string;
  readonly isOk: boolean;
}

/** Checks rule files as `promtool check rules` does: strict YAML, expressions, templates, names. */
export async function checkRules(paths: readonly string[]): Promise<CommandOutcome> {
  const outcomes: CommandOutcome[] = [];
  for (const path of paths) outcomes.push(...(await checkPath(path)));
  const failed = outcomes.filter(({ isOk }) => !isOk).length;
  const summary = `${outcomes.length - failed} passed, ${failed} failed`;
  return { text: [...outcomes.map(({ text }) => text), summary].join("\n"), isOk: failed === 0 };
}

async function checkPath(path: string): Promise<CommandOutcome[]> {
  try {
    const sources = await readRuleFiles([path]);
    return sources.map(({ file, text }) => checkFile(file, text));
  } catch (error) {
    if (error instanceof RuleFileError) return [describeFailure(path, error)];
    throw error;
  }
}

function checkFile(file: string, text: string): CommandOutcome {
  try {
    const groups = parseRuleFile({ file, text });
    const count = groups.reduce((sum, { rules }) => sum + rules.length, 0);
    const warnings = findDuplicates(groups).map(({ name, labels }) => {
      const metric = formatMetric(fromEntries([["__name__", name], ...Object.entries(labels)]));
      return `\n  WARNING: ${metric} is written by more than one rule`;
    });
    return { text: `Checking ${file}\n  SUCCESS: ${count} rules found${warnings.join("")}`, isOk: true };
  } catch (error) {
    if (error instanceof RuleFileError) return describeFailure(file, error);
    throw error;
  }
}

function describeFailure(file: string, error: RuleFileError): CommandOutcome {
  return { text: `Checking ${file}\n  FAILED:\n${error.message}`, isOk: false };
}
