/**
 * The inner aggregation of every question to the 10-second rollup: exactly the keys and aggregates of the projection
 * `rollup_10s`, which is what makes the engine read it instead of the spans. States are merged outside.
 */
export function renderRollup(where: string): string {
  return `SELECT
    project, slot, service, environment, endpoint, span_type, operation, provider, model, error_type, billed,
    count() AS spans,
    countIf(status = 2) AS errors,
    sum(duration_ns) AS duration_ns_sum,
    quantilesBFloat16State(0.5, 0.95, 0.99)(duration_ns) AS duration_ns_state,
    count(ttft_ms) AS ttft_count,
    quantilesBFloat16State(0.5, 0.95, 0.99)(ttft_ms) AS ttft_ms_state,
    sum(input_tokens) AS input_tokens_sum, sum(output_tokens) AS output_tokens_sum,
    sum(cache_read_tokens) AS cache_read_tokens_sum, sum(reasoning_tokens) AS reasoning_tokens_sum,
    sum(cost_usd) AS cost_usd_sum, sum(unpriced) AS unpriced_sum
  FROM spans
  WHERE ${where}
  GROUP BY project, slot, service, environment, endpoint, span_type, operation, provider, model, error_type, billed`;
}

/** Figures of model calls over a rollup, as `OverviewFigures` names them. */
export const FIGURES = `toUInt32(sum(spans)) AS requests,
  toUInt32(sum(errors)) AS errorCount,
  toFloat64(sum(input_tokens_sum)) AS inputTokens,
  toFloat64(sum(output_tokens_sum)) AS outputTokens,
  toFloat64(sum(cache_read_tokens_sum)) AS cacheReadTokens,
  sum(cost_usd_sum) AS costUsd,
  toUInt32(sum(unpriced_sum)) AS unpricedRequests,
  arrayMap(ns -> ns / 1e6, quantilesBFloat16Merge(0.5, 0.95, 0.99)(duration_ns_state)) AS latencyMs,
  quantilesBFloat16Merge(0.5, 0.95, 0.99)(ttft_ms_state) AS ttftMs`;
