import { increaseOf, meanScore } from "./expressions.ts";
import { defineAlert, type GroupDefinition, type RuleDefinition } from "./rule-definition.ts";
import type { Thresholds } from "./thresholds.ts";

const BY = ["service", "model"];

function defineScore(
  alert: string,
  { score, word, limit, minScores }: { score: string; word: string; limit: number; minScores: number },
): RuleDefinition {
  const scope = { by: BY, window: "1h" };
  const enough = `and on (service, model) ${increaseOf(`${score}_count`, scope)} >= ${minScores}`;
  return defineAlert(alert, `${meanScore(score, scope)} < ${limit} ${enough}`, {
    severity: "warning",
    for: "30m",
    summary: "{{ $labels.service }} with {{ $labels.model }}: mean " + word + ' {{ printf "%.2f" $value }}',
    description: `The mean ${word} of the traces evaluated in the last hour has been below ${limit} for 30 minutes. Read the worst traces; look for a change of prompt, model or retrieval.`,
  });
}

/** Rules about wrong answers. */
export function defineQualityRules(thresholds: Thresholds): GroupDefinition {
  const { min_scores: minScores, min_requests: minRequests } = thresholds;
  const scope = { by: ["service"], window: "6h" };
  return {
    name: "llm-quality",
    interval: "1m",
    rules: [
      defineScore("LLMFaithfulnessLow", {
        score: "llm_faithfulness_score",
        word: "faithfulness",
        limit: thresholds.faithfulness,
        minScores,
      }),
      defineScore("LLMAnswerRelevanceLow", {
        score: "llm_answer_relevance_score",
        word: "answer relevance",
        limit: thresholds.answer_relevance,
        minScores,
      }),
      defineAlert(
        "LLMEvaluationsStopped",
        `(${increaseOf("llm_requests_total", scope)} > ${5 * minRequests} and on (service) ${increaseOf("llm_faithfulness_score_count", { ...scope, offset: "6h" })} > 0) unless on (service) ${increaseOf("llm_faithfulness_score_count", scope)} > 0`,
        {
          severity: "warning",
          for: "15m",
          summary: "Answers of {{ $labels.service }} are no longer evaluated",
          description:
            "There is traffic, there were scores six hours ago, and there are none now: quality alerts of this service cannot fire.",
        },
      ),
    ],
  };
}
