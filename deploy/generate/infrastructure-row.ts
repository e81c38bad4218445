import { quantileOf, rateOf, ratioOf } from "../../packages/server/src/alerts/shipped/expressions.ts";
import type { Thresholds } from "../../packages/server/src/alerts/shipped/thresholds.ts";
import { one, RATE, scope, type PanelDefinition, type RowDefinition } from "./panel.ts";

/** The panels of the row “Infrastructure”. */
export function defineInfrastructureRow(thresholds: Thresholds): RowDefinition {
  return { title: "Infrastructure", panels: [...defineFirst(thresholds), ...defineSecond()] };
}

function defineFirst(thresholds: Thresholds): PanelDefinition[] {
  const lines = { kind: "timeseries", unit: "reqps" } as const;
  const services = scope(RATE, "service");
  return [
    {
      ...lines,
      unit: "percentunit",
      title: "Context utilisation (p95)",
      description: "How full the context windows are.",
      queries: one(
        quantileOf(0.95, "llm_context_utilisation_ratio", scope(RATE, "service", "model")),
        "{{service}} {{model}}",
      ),
      threshold: { value: thresholds.context_utilisation },
    },
    {
      ...lines,
      title: "Retries and fallbacks",
      description: "Calls a second that were repeated, or went to another model.",
      queries: [
        { expr: rateOf("llm_retries_total", services), legend: "{{service}} retries" },
        { expr: rateOf("llm_fallbacks_total", services), legend: "{{service}} fallbacks" },
      ],
    },
    {
      kind: "stat",
      unit: "short",
      title: "Open circuit breakers",
      description: "Calls through them fail at once or go to a fallback.",
      queries: one('sum(llm_circuit_breaker_state{service=~"$service"}) or vector(0)', "open"),
      threshold: { value: 1 },
    },
  ];
}

function defineSecond(): PanelDefinition[] {
  const lines = { kind: "timeseries", unit: "reqps" } as const;
  const services = scope(RATE, "service");
  return [
    {
      ...lines,
      unit: "percentunit",
      title: "Answers from the cache",
      description: "Calls answered from a cache of all calls.",
      queries: one(ratioOf("llm_cache_hits_total", "llm_requests_total", services), "{{service}}"),
    },
    {
      ...lines,
      unit: "ms",
      title: "Tool latency (p95)",
      description: "Duration of tool calls.",
      queries: one(quantileOf(0.95, "llm_tool_latency_ms", scope(RATE, "tool")), "{{tool}}"),
    },
    {
      ...lines,
      unit: "short",
      title: "Active users",
      description: "Users with a call in the last minutes.",
      queries: one('sum by (service) (llm_active_users{service=~"$service"})', "{{service}}"),
    },
  ];
}
