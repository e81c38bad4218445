import { increaseOf, quantileOf } from "./expressions.ts";
import { defineAlert, type GroupDefinition } from "./rule-definition.ts";
import type { Thresholds } from "./thresholds.ts";

/** Rules about limits being reached and about data that do not come. */
export function defineSaturationRules(thresholds: Thresholds): GroupDefinition {
  const { context_utilisation: context, min_requests: minRequests } = thresholds;
  const scope = { by: ["service", "model"], window: "10m" };
  const recent = { by: ["service"], window: "15m" };
  return {
    name: "llm-saturation",
    interval: "30s",
    rules: [
      defineAlert(
        "LLMContextUtilisationHigh",
        `${quantileOf(0.95, "llm_context_utilisation_ratio", scope)} > ${context} and on (service, model) ${increaseOf("llm_context_utilisation_ratio_count", scope)} >= ${minRequests}`,
        {
          severity: "warning",
          for: "10m",
          summary:
            "{{ $labels.service }} fills {{ $value | humanizePercentage }} of the context of {{ $labels.model }} (p95)",
          description:
            "Longer conversations will be cut or refused. Shorten history or retrieval, or use a model with a larger context.",
        },
      ),
      defineAlert("LLMCircuitBreakerOpen", "llm_circuit_breaker_state > 0", {
        severity: "critical",
        for: "30s",
        summary: "A circuit breaker of {{ $labels.service }} is open",
        description: "Calls fail at once or go to the fallback until the provider answers again.",
      }),
      defineAlert(
        "LLMTrafficStopped",
        `${increaseOf("llm_requests_total", { by: ["service"], window: "1h", offset: "15m" })} >= ${minRequests} unless on (service) ${increaseOf("llm_requests_total", recent)} > 0`,
        {
          severity: "warning",
          for: "2m",
          summary: "{{ $labels.service }} has sent no model calls for 15 minutes",
          description:
            "It made {{ $value | humanize }} calls in the hour before. Either the service or its telemetry stopped.",
        },
      ),
      defineAlert("LLMTelemetryAbsent", "absent_over_time(llm_requests_total[15m])", {
        severity: "warning",
        for: "5m",
        summary: "No model calls have arrived for 15 minutes",
        description:
          "No service sends telemetry: no other alert can fire. Check the exporter and the ingest page.",
      }),
    ],
  };
}
