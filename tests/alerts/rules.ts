import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { renderRuleFile } from "../../packages/server/src/alerts/shipped/rule-definition.ts";
import { defineShippedGroups } from "../../packages/server/src/alerts/shipped/shipped-rules.ts";
import { thresholdsSchema } from "../../packages/server/src/alerts/shipped/thresholds.ts";

const textbook = fileURLToPath(new URL("../../deploy/prometheus/textbook.rules.yaml", import.meta.url));

/** Rules to be tried and which of their alerts the faults must bring about. */
export interface RulesUnderTest {
  /** Rule files by name. */
  readonly files: ReadonlyMap<string, string>;
  readonly expected: readonly string[];
}

const TEXTBOOK_ALERTS = ["CostSpike", "LatencyHigh", "ErrorRateHigh", "QualityLow"];
const SHIPPED_ALERTS = ["LLMCostSpike", "LLMErrorRateHigh", "LLMLatencyHigh", "LLMFaithfulnessLow"];

/** The textbook rules and the shipped ones as they are. */
export function readRules(): RulesUnderTest {
  return {
    files: new Map([
      ["textbook.rules.yaml", readFileSync(textbook, "utf8")],
      ["shipped.rules.yaml", renderRuleFile(defineShippedGroups(thresholdsSchema.parse({})))],
    ]),
    expected: [...TEXTBOOK_ALERTS, ...SHIPPED_ALERTS, "LLMErrorBudgetBurnFast", "LLMLatencyVeryHigh"],
  };
}

/**
 * The same rules with windows of half a minute and next to no waiting, to be tried within two minutes. Slow is what takes
 * twice as long as usual: on a machine that is busy with other tests, calls without faults take seconds too.
 */
export function shortenRules(): RulesUnderTest {
  const few = thresholdsSchema.parse({
    min_requests: 2,
    min_errors: 1,
    min_scores: 2,
    latency_p95_warning_ms: 7500,
    latency_p95_critical_ms: 10_000,
  });
  const shorten = (text: string): string =>
    text
      .replaceAll(/\[\d+[smhd]\]/g, "[30s]")
      .replaceAll(/> 3000$/gm, "> 7500")
      .replaceAll(/^( +)for: .*$/gm, "$1for: 3s")
      .replaceAll(/^( +)keep_firing_for: .*$/gm, "$1keep_firing_for: 1s")
      .replaceAll(/^( +)interval: .*$/gm, "$1interval: 2s")
      .replaceAll(/^( +)- name: textbook$/gm, "$1- name: textbook\n$1  interval: 2s");
  return {
    files: new Map([
      ["textbook.rules.yaml", shorten(readFileSync(textbook, "utf8"))],
      ["shipped.rules.yaml", shorten(renderRuleFile(defineShippedGroups(few)))],
    ]),
    expected: [...TEXTBOOK_ALERTS, ...SHIPPED_ALERTS],
  };
}
