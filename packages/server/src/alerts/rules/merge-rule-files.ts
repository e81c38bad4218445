import { parse } from "yaml";
import { parseRuleFile } from "./parse-rule-file.ts";
import type { RuleSource } from "./rule.ts";

/**
 * One rule file (as JSON, which is YAML) with the groups of all files in order. Group names that more than one file has
 * get the file's name behind them. Throws `RuleFileError` for a wrong file.
 */
export function mergeRuleFiles(sources: readonly RuleSource[]): string {
  const names = new Set<string>();
  const groups = sources.flatMap((source) => {
    parseRuleFile(source);
    // Read as text throughout, so that `1.50` stays what was written.
    const { groups: own = [] } = (parse(source.text, { schema: "failsafe", merge: true }) ?? {}) as {
      groups?: readonly { readonly name: string }[];
    }; // checked by `parseRuleFile`
    return (own === null ? [] : [...own]).map((group) => {
      const name = names.has(group.name) ? `${group.name} (${source.file})` : group.name;
      names.add(name);
      return { ...group, name };
    });
  });
  return JSON.stringify({ groups }, (_key, value: unknown) => (value === "" ? undefined : value));
}
