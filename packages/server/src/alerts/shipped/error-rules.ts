import { errorRatio, increaseOf, ratioOf } from "./expressions.ts";
import { defineAlert, type GroupDefinition } from "./rule-definition.ts";
import type { Thresholds } from "./thresholds.ts";

const BY = ["service", "model"];
const ON = "on (service, model)";
const WINDOWS = ["5m", "30m", "1h", "6h"];
/** Parts of a 30-day error budget and how many times too fast it is spent (SRE workbook). */
const FAST = [
  { burn: 14.4, long: "1h", short: "5m" },
  { burn: 6, long: "6h", short: "30m" },
];

function recorded(window: string): string {
  return `service_model:llm_errors:ratio_rate${window}`;
}

function burnCondition(budget: number, { burn, long, short }: (typeof FAST)[number]): string {
  const limit = `${burn} * ${Number(budget.toPrecision(6))}`;
  return `(${recorded(long)} > (${limit}) and ${recorded(short)} > (${limit}))`;
}

/** Rules about failing calls. */
export function defineErrorRules(thresholds: Thresholds): GroupDefinition {
  const {
    error_ratio: ratio,
    min_errors: minErrors,
    tool_error_ratio: toolRatio,
    min_requests: minRequests,
  } = thresholds;
  const enough = (window: string): string =>
    `and ${ON} ${increaseOf("llm_errors_total", { by: BY, window })} >= ${minErrors}`;
  const budget = 1 - thresholds.success_objective;
  const toolScope = { by: ["service", "tool"], window: "10m" };
  return {
    name: "llm-errors",
    interval: "30s",
    rules: [
      ...WINDOWS.map((window) => ({ record: recorded(window), expr: errorRatio({ by: BY, window }) })),
      defineAlert("LLMErrorRateHigh", `${recorded("5m")} > ${ratio} ${enough("5m")}`, {
        severity: "critical",
        for: "1m",
        keepFiringFor: "2m",
        summary:
          "{{ $value | humanizePercentage }} of {{ $labels.model }} calls of {{ $labels.service }} fail",
        description: `More than ${ratio * 100} % of the calls failed over 5 minutes. Look at the error types and the provider's status; consider forcing the fallback model.`,
      }),
      defineAlert(
        "LLMErrorBudgetBurnFast",
        `(${FAST.map((one) => burnCondition(budget, one)).join(" or ")}) ${enough("1h")}`,
        {
          severity: "critical",
          summary: "{{ $labels.service }} with {{ $labels.model }} spends its error budget too fast",
          description: `At this rate the 30-day error budget for ${thresholds.success_objective * 100} % is gone within days: {{ $value | humanizePercentage }} of the calls fail.`,
        },
      ),
      defineAlert(
        "LLMToolErrorsHigh",
        `${ratioOf("llm_tool_errors_total", "llm_tool_calls_total", toolScope)} > ${toolRatio} and on (service, tool) ${increaseOf("llm_tool_calls_total", toolScope)} >= ${minRequests}`,
        {
          severity: "warning",
          for: "5m",
          summary:
            "{{ $value | humanizePercentage }} of the calls of the tool {{ $labels.tool }} fail in {{ $labels.service }}",
          description:
            "The model may go on with a wrong or missing tool result: answers can be wrong without any error shown.",
        },
      ),
    ],
  };
}
