import type { Rule, RuleGroup } from "./rule.ts";

function identify({ name, labels }: Rule): string {
  return JSON.stringify([
    name,
    ...Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1)),
  ]);
}

/** Rules with the same name and labels: they write the same series, which promtool warns of. */
export function findDuplicates(groups: readonly RuleGroup[]): readonly Rule[] {
  const seen = new Set<string>();
  return groups
    .flatMap(({ rules }) => rules)
    .filter((rule) => {
      const identity = identify(rule);
      const isKnown = seen.has(identity);
      seen.add(identity);
      return isKnown;
    });
}
