import { sep } from "node:path";
import { parseRuleFile } from "./parse-rule-file.ts";
import { RuleFileError } from "./rule-file-error.ts";
import type { RuleGroup, RuleSource } from "./rule.ts";

/** What of the rule files can be put into operation. */
export interface LoadedRules {
  readonly groups: readonly RuleGroup[];
  /** The text each file is in operation with. */
  readonly sources: ReadonlyMap<string, RuleSource>;
  readonly problems: readonly RuleFileError[];
}

/** Parses rule files. A wrong one stays in operation as it was before, where it was; the others are taken. */
export function loadRules(
  found: readonly (RuleSource | RuleFileError)[],
  before: ReadonlyMap<string, RuleSource>,
): LoadedRules {
  const groups: RuleGroup[] = [];
  const sources = new Map<string, RuleSource>();
  const problems: RuleFileError[] = [];
  const take = (source: RuleSource): void => {
    groups.push(...parseRuleFile(source));
    sources.set(source.file, source);
  };
  for (const one of found) {
    try {
      if (one instanceof RuleFileError) throw one;
      take(one);
    } catch (error) {
      if (!(error instanceof RuleFileError)) throw error;
      problems.push(error);
      listBefore(error.file, before).forEach(take);
    }
  }
  return { groups, sources, problems };
}

/** What was in operation of a file, or of the files of a directory. */
function listBefore(file: string, before: ReadonlyMap<string, RuleSource>): readonly RuleSource[] {
  return [...before.values()].filter((source) => source.file === file || source.file.startsWith(file + sep));
}
