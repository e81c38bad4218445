/** A query that the shipped dashboard and rules ask, and how many hours it looks back. */
export interface UsualQuestion {
  readonly query: string;
  readonly hours: number;
}

const DAY_HOURS = 24;

/** Metrics by the labels their panels add them up by; `le` tells buckets. */
const SUMS: ReadonlyArray<readonly [by: string, metrics: readonly string[]]> = [
  ["service, model", ["llm_requests_total", "llm_errors_total"]],
  ["error_type", ["llm_errors_total"]],
  ["le", ["llm_latency_ms_bucket"]],
  ["le, service, model", ["llm_ttft_ms_bucket", "llm_context_utilisation_ratio_bucket"]],
  ["le, service", ["llm_retrieval_latency_ms_bucket"]],
  [
    "",
    [
      "llm_cost_dollars_total",
      "llm_input_tokens_total",
      "llm_output_tokens_total",
      "llm_cache_read_tokens_total",
      "llm_unpriced_requests_total",
    ],
  ],
  ["provider, model", ["llm_cost_dollars_total"]],
  ["service", ["llm_retries_total", "llm_fallbacks_total", "llm_cache_hits_total"]],
  ["tool", ["llm_tool_calls_total", "llm_tool_errors_total"]],
  ["le, tool", ["llm_tool_latency_ms_bucket"]],
];

function sumOf(metric: string, by: string): string {
  return `sum by (${by}) (rate(${metric}[10m]))`;
}

/** What is counted before anybody asks; what people ask themselves is remembered like it. */
export const USUAL_QUESTIONS: readonly UsualQuestion[] = [
  ...SUMS.flatMap(([by, metrics]) =>
    metrics.map((metric) => ({ query: sumOf(metric, by), hours: DAY_HOURS })),
  ),
  // The cost of a request is shown beside that of the day before.
  ...["llm_cost_dollars_total", "llm_requests_total"].map((metric) => ({
    query: sumOf(metric, "service"),
    hours: 2 * DAY_HOURS + 1,
  })),
];

/** Gauges are few samples: they are brought up to date with each round. A day's panel begins a little before the day, as steps fall. */
export const USUAL_GAUGES: readonly UsualQuestion[] = [
  { query: "sum by (service) (llm_active_users)", hours: DAY_HOURS + 2 },
];
