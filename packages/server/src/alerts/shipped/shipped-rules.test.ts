import { describe, expect, it } from "vitest";
import { findDuplicates } from "../rules/find-duplicates.ts";
import { parseRuleFile } from "../rules/parse-rule-file.ts";
import type { AlertingRule } from "../rules/rule.ts";
import { findThreshold } from "../rules/threshold.ts";
import { createShippedSource } from "./shipped-rules.ts";
import { thresholdsSchema } from "./thresholds.ts";

const groups = parseRuleFile(createShippedSource(thresholdsSchema.parse({ cost_usd_per_hour: 12 })));
const rules = groups.flatMap((group) => group.rules);
const alerts = rules.filter((rule): rule is AlertingRule => rule.kind === "alerting");

describe("the shipped rules", () => {
  it("are a rule file the engine takes, each rule written once", () => {
    expect(alerts.length).toBeGreaterThanOrEqual(15);
    expect(findDuplicates(groups)).toEqual([]);
  });

  it.each(alerts.map((alert) => [alert.name, alert] as const))(
    "%s has severity, summary and description",
    (_, alert) => {
      expect(["critical", "warning", "info"]).toContain(alert.labels["severity"]);
      expect(Object.keys(alert.annotations)).toEqual(["summary", "description"]);
    },
  );

  it("show the number they compare with, so that messages can name it", () => {
    const spike = alerts.find(({ name }) => name === "LLMCostSpike");
    expect(findThreshold(spike!.expression)).toMatchObject({ operator: ">", value: 12, isWhole: true });
    const unnamed = alerts.filter(({ expression }) => findThreshold(expression) === null);
    expect(unnamed.map(({ name }) => name)).toEqual(["LLMTelemetryAbsent"]);
  });

  it("wait no longer than a quarter of an hour, quality apart", () => {
    const slow = alerts.filter(({ forMs }) => forMs > 15 * 60_000);
    expect(slow.map(({ name }) => name)).toEqual(["LLMFaithfulnessLow", "LLMAnswerRelevanceLow"]);
  });
});
