import { increaseOf, quantileOf } from "./expressions.ts";
import { defineAlert, type GroupDefinition, type RuleDefinition } from "./rule-definition.ts";
import type { Thresholds } from "./thresholds.ts";

const BY = ["service", "model"];
const ON = "on (service, model)";

function defineLatency(
  alert: string,
  {
    limitMs,
    severity,
    minRequests,
  }: { limitMs: number; severity: "critical" | "warning"; minRequests: number },
): RuleDefinition {
  const scope = { by: BY, window: "5m" };
  const enough = `${increaseOf("llm_latency_ms_count", scope)} >= ${minRequests}`;
  return defineAlert(alert, `${quantileOf(0.95, "llm_latency_ms", scope)} > ${limitMs} and ${ON} ${enough}`, {
    severity,
    for: "2m",
    keepFiringFor: "2m",
    summary: '{{ $labels.model }} takes {{ printf "%.0f" $value }} ms in {{ $labels.service }} (p95)',
    description: `One call in twenty takes longer than ${limitMs / 1000} s. Compare time to first token, the provider's status and the length of answers.`,
  });
}

/** Rules about slow calls. */
export function defineLatencyRules(thresholds: Thresholds): GroupDefinition {
  const { min_requests: minRequests, ttft_p95_ms: ttft } = thresholds;
  const scope = { by: BY, window: "5m" };
  return {
    name: "llm-latency",
    interval: "30s",
    rules: [
      defineLatency("LLMLatencyHigh", {
        limitMs: thresholds.latency_p95_warning_ms,
        severity: "warning",
        minRequests,
      }),
      defineLatency("LLMLatencyVeryHigh", {
        limitMs: thresholds.latency_p95_critical_ms,
        severity: "critical",
        minRequests,
      }),
      defineAlert(
        "LLMTimeToFirstTokenHigh",
        `${quantileOf(0.95, "llm_ttft_ms", scope)} > ${ttft} and ${ON} ${increaseOf("llm_ttft_ms_count", scope)} >= ${minRequests}`,
        {
          severity: "warning",
          for: "5m",
          summary:
            "{{ $labels.service }} waits {{ $value | humanize }} ms for the first token of {{ $labels.model }} (p95)",
          description: `People see nothing for more than ${ttft / 1000} s in one call of twenty.`,
        },
      ),
    ],
  };
}
