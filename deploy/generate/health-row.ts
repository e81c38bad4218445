import { errorRatio, quantileOf, rateOf } from "../../packages/server/src/alerts/shipped/expressions.ts";
import type { Thresholds } from "../../packages/server/src/alerts/shipped/thresholds.ts";
import { one, RATE, scope, type PanelDefinition, type PanelQuery, type RowDefinition } from "./panel.ts";

/** The panels of the row “Health”. */
export function defineHealthRow(thresholds: Thresholds): RowDefinition {
  return { title: "Health", panels: [...defineFirst(thresholds), ...defineSecond(thresholds)] };
}

function defineFirst(thresholds: Thresholds): PanelDefinition[] {
  const models = scope(RATE, "service", "model");
  const panel = (
    title: string,
    description: string,
    unit: string,
    queries: readonly PanelQuery[],
  ): PanelDefinition => ({
    title,
    description,
    unit,
    queries,
    kind: "timeseries",
  });
  return [
    panel(
      "Requests",
      "Model calls a second.",
      "reqps",
      one(rateOf("llm_requests_total", models), "{{service}} {{model}}"),
    ),
    {
      ...panel(
        "Error ratio",
        "Failed calls of all calls.",
        "percentunit",
        one(errorRatio(models), "{{service}} {{model}}"),
      ),
      threshold: { value: thresholds.error_ratio },
    },
    panel(
      "Errors by type",
      "Failed calls a second by what failed.",
      "reqps",
      one(rateOf("llm_errors_total", scope(RATE, "error_type")), "{{error_type}}"),
    ),
  ];
}

function defineSecond(thresholds: Thresholds): PanelDefinition[] {
  const models = scope(RATE, "service", "model");
  const quantile = (value: number): PanelQuery => ({
    expr: quantileOf(value, "llm_latency_ms", scope(RATE)),
    legend: `p${value * 100}`,
  });
  const panel = (
    title: string,
    description: string,
    unit: string,
    queries: readonly PanelQuery[],
  ): PanelDefinition => ({
    title,
    description,
    unit,
    queries,
    kind: "timeseries",
  });
  return [
    {
      ...panel("Latency", "Duration of model calls.", "ms", [quantile(0.5), quantile(0.95), quantile(0.99)]),
      threshold: { value: thresholds.latency_p95_warning_ms },
    },
    {
      ...panel(
        "Time to first token (p95)",
        "How long people see nothing.",
        "ms",
        one(quantileOf(0.95, "llm_ttft_ms", models), "{{service}} {{model}}"),
      ),
      threshold: { value: thresholds.ttft_p95_ms },
    },
    panel(
      "Retrieval latency (p95)",
      "Time spent finding documents, apart from the model.",
      "ms",
      one(quantileOf(0.95, "llm_retrieval_latency_ms", scope(RATE, "service")), "{{service}}"),
    ),
  ];
}
