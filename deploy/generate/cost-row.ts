import {
  costPerRequest,
  increaseOf,
  rateOf,
  tokensOf,
} from "../../packages/server/src/alerts/shipped/expressions.ts";
import type { Thresholds } from "../../packages/server/src/alerts/shipped/thresholds.ts";
import { one, RATE, scope, type PanelDefinition, type RowDefinition } from "./panel.ts";

/** The panels of the row “Cost”. */
export function defineCostRow(thresholds: Thresholds): RowDefinition {
  return { title: "Cost", panels: [...defineFirst(thresholds), ...defineSecond(thresholds)] };
}

function defineFirst(thresholds: Thresholds): PanelDefinition[] {
  const stat = { kind: "stat", unit: "currencyUSD" } as const;
  const lines = { kind: "timeseries" } as const;
  return [
    {
      ...stat,
      title: "Spend in the last hour",
      description: "USD of all calls with a price.",
      queries: one(increaseOf("llm_cost_dollars_total", scope("1h")), "spend"),
      threshold: { value: thresholds.cost_usd_per_hour },
    },
    {
      ...lines,
      title: "Spend an hour by model",
      description: "USD an hour at the current rate.",
      unit: "currencyUSD",
      queries: one(
        `3600 * ${rateOf("llm_cost_dollars_total", scope(RATE, "provider", "model"))}`,
        "{{provider}} {{model}}",
      ),
      threshold: { value: thresholds.cost_usd_per_hour },
    },
    {
      ...lines,
      title: "Cost of a request",
      description:
        "Mean over an hour; the dashed trend of the day before is the same question with offset 1d.",
      unit: "currencyUSD",
      queries: [
        { expr: costPerRequest(scope("1h", "service")), legend: "{{service}}" },
        {
          expr: costPerRequest({ ...scope("1h", "service"), offset: "1d" }),
          legend: "{{service}} the day before",
        },
      ],
    },
  ];
}

function defineSecond(thresholds: Thresholds): PanelDefinition[] {
  const stat = { kind: "stat", unit: "currencyUSD" } as const;
  const lines = { kind: "timeseries" } as const;
  return [
    {
      ...lines,
      title: "Tokens a minute",
      description: "Input and output tokens.",
      unit: "short",
      queries: [
        { expr: `60 * ${rateOf("llm_input_tokens_total", scope(RATE))}`, legend: "input" },
        { expr: `60 * ${rateOf("llm_output_tokens_total", scope(RATE))}`, legend: "output" },
        {
          expr: `60 * ${rateOf("llm_cache_read_tokens_total", scope(RATE))}`,
          legend: "read from the cache",
        },
      ],
    },
    {
      ...lines,
      title: "Tokens in an hour",
      description: "Input and output tokens of the last hour.",
      unit: "short",
      queries: one(tokensOf("increase", scope("1h")), "tokens"),
      threshold: { value: thresholds.tokens_per_hour },
    },
    {
      ...stat,
      unit: "short",
      title: "Requests without a price",
      description: "Calls of the last hour that are missing in all costs.",
      queries: one(`${increaseOf("llm_unpriced_requests_total", scope("1h"))} or vector(0)`, "unpriced"),
      threshold: { value: 1 },
    },
  ];
}
