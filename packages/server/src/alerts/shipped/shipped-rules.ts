import type { RuleSource } from "../rules/rule.ts";
import { defineCostRules } from "./cost-rules.ts";
import { defineErrorRules } from "./error-rules.ts";
import { defineLatencyRules } from "./latency-rules.ts";
import { defineQualityRules } from "./quality-rules.ts";
import { renderRuleFile, type GroupDefinition } from "./rule-definition.ts";
import { defineSaturationRules } from "./saturation-rules.ts";
import type { Thresholds } from "./thresholds.ts";

/** The groups of rules that come with the product, with the given thresholds in them. */
export function defineShippedGroups(thresholds: Thresholds): readonly GroupDefinition[] {
  return [
    defineCostRules,
    defineErrorRules,
    defineLatencyRules,
    defineQualityRules,
    defineSaturationRules,
  ].map((define) => define(thresholds));
}

/** The shipped rules as a rule file, ready for the rule engine. */
export function createShippedSource(thresholds: Thresholds): RuleSource {
  return { file: "shipped.rules.yaml", text: renderRuleFile(defineShippedGroups(thresholds)) };
}
