import { increaseOf, meanScore, ratioOf } from "../../packages/server/src/alerts/shipped/expressions.ts";
import type { Thresholds } from "../../packages/server/src/alerts/shipped/thresholds.ts";
import { one, RATE, scope, type PanelDefinition, type RowDefinition } from "./panel.ts";

/** The panels of the row “Quality”. */
export function defineQualityRow(thresholds: Thresholds): RowDefinition {
  return { title: "Quality", panels: [...defineFirst(thresholds), ...defineSecond(thresholds)] };
}

function defineFirst(thresholds: Thresholds): PanelDefinition[] {
  const lines = { kind: "timeseries", unit: "percentunit" } as const;
  const models = scope("1h", "service", "model");
  const isBelowBad = true;
  return [
    {
      ...lines,
      title: "Faithfulness",
      description: "Mean score of the traces evaluated in the last hour.",
      queries: one(meanScore("llm_faithfulness_score", models), "{{service}} {{model}}"),
      threshold: { value: thresholds.faithfulness, isBelowBad },
    },
    {
      ...lines,
      title: "Answer relevance",
      description: "Mean score of the traces evaluated in the last hour.",
      queries: one(meanScore("llm_answer_relevance_score", models), "{{service}} {{model}}"),
      threshold: { value: thresholds.answer_relevance, isBelowBad },
    },
  ];
}

function defineSecond(thresholds: Thresholds): PanelDefinition[] {
  const lines = { kind: "timeseries", unit: "percentunit" } as const;
  return [
    {
      ...lines,
      unit: "short",
      title: "Evaluated traces in an hour",
      description: "No scores are not good scores.",
      queries: one(increaseOf("llm_faithfulness_score_count", scope("1h", "service")), "{{service}}"),
    },
    {
      ...lines,
      title: "Tool errors",
      description: "Failed tool calls of all tool calls.",
      queries: one(ratioOf("llm_tool_errors_total", "llm_tool_calls_total", scope(RATE, "tool")), "{{tool}}"),
      threshold: { value: thresholds.tool_error_ratio },
    },
  ];
}
