import { costPerRequest, increaseOf, rateOf, tokensOf } from "./expressions.ts";
import { defineAlert, type GroupDefinition, type RuleDefinition } from "./rule-definition.ts";
import type { Thresholds } from "./thresholds.ts";

/** Rules about money and tokens. */
export function defineCostRules(thresholds: Thresholds): GroupDefinition {
  return {
    name: "llm-cost",
    interval: "30s",
    rules: [...defineSpendRules(thresholds), defineTrendRule(thresholds), ...defineUsageRules(thresholds)],
  };
}

function defineSpendRules({ cost_usd_per_hour: cost }: Thresholds): RuleDefinition[] {
  return [
    defineAlert("LLMCostSpike", `3600 * ${rateOf("llm_cost_dollars_total", { window: "10m" })} > ${cost}`, {
      severity: "critical",
      for: "2m",
      keepFiringFor: "5m",
      summary: 'Spend runs at ${{ printf "%.2f" $value }} an hour',
      description: `All services together spend more than $${cost} an hour at the rate of the last 10 minutes. Look at cost by service, model and user; a loop or an abuser is the usual cause.`,
    }),
    defineAlert("LLMCostHourTotal", `${increaseOf("llm_cost_dollars_total", { window: "1h" })} > ${cost}`, {
      severity: "warning",
      summary: '${{ printf "%.2f" $value }} were spent in the last hour',
      description: `More than $${cost} were spent within one hour.`,
    }),
  ];
}

function defineTrendRule({
  cost_per_request_growth: growth,
  min_requests: minRequests,
}: Thresholds): RuleDefinition {
  const scope = { by: ["service"], window: "6h" };
  const trend = `(${costPerRequest(scope)}) / (${costPerRequest({ ...scope, offset: "1d" })})`;
  const enough = `and on (service) ${increaseOf("llm_requests_total", scope)} >= ${5 * minRequests}`;
  return defineAlert("LLMCostPerRequestRising", `${trend} > ${growth} ${enough}`, {
    severity: "warning",
    for: "15m",
    summary:
      'A request of {{ $labels.service }} costs {{ printf "%.2f" $value }} times what it did yesterday',
    description:
      "Mean cost of a request over 6 hours against the same hours of the day before. Look for a longer prompt, a larger context or another model.",
  });
}

function defineUsageRules({ tokens_per_hour: tokens }: Thresholds): RuleDefinition[] {
  const unpriced = increaseOf("llm_unpriced_requests_total", { by: ["provider", "model"], window: "1h" });
  return [
    defineAlert("LLMTokenBurnHigh", `${tokensOf("increase", { window: "1h" })} > ${tokens}`, {
      severity: "warning",
      for: "2m",
      summary: "{{ $value | humanize }} tokens were used in the last hour",
      description: `Input and output tokens of all services passed ${tokens.toLocaleString("en-US")} an hour.`,
    }),
    defineAlert("LLMUnpricedRequests", `${unpriced} > 0`, {
      severity: "info",
      for: "10m",
      summary: "There is no price for {{ $labels.model }} of {{ $labels.provider }}",
      description:
        "These calls are missing in all costs. Give the model a price and run the reprice command.",
    }),
  ];
}
