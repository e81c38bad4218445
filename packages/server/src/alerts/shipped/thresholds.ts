import { z } from "zod";

/**
 * The numbers of the shipped alerts in one place: the `alerts.thresholds` block of the
 * configuration. Every one has a default; money in USD, times in ms, ratios from 0 to 1.
 */
export const thresholdsSchema = z.strictObject({
  /** Spend of all services together. */
  cost_usd_per_hour: z.number().positive().default(50),
  /** Cost of a request against the same hours of the day before: 1.5 = half as much again. */
  cost_per_request_growth: z.number().positive().default(1.5),
  tokens_per_hour: z.number().positive().default(1_000_000),
  /** p95 of a service and model. Must be below 120000, the last bucket bound. */
  latency_p95_warning_ms: z.number().positive().max(100_000).default(3_000),
  latency_p95_critical_ms: z.number().positive().max(100_000).default(5_000),
  /** p95 of the time to the first token. Must be below 30000, the last bucket bound. */
  ttft_p95_ms: z.number().positive().max(25_000).default(2_000),
  error_ratio: z.number().positive().max(1).default(0.05),
  tool_error_ratio: z.number().positive().max(1).default(0.1),
  /** Requests that must succeed over 30 days; what is left is the error budget. */
  success_objective: z.number().positive().max(0.99999).default(0.99),
  faithfulness: z.number().positive().max(1).default(0.75),
  answer_relevance: z.number().positive().max(1).default(0.75),
  context_utilisation: z.number().positive().max(1).default(0.8),
  /** Fewer requests in the window of a rule say nothing yet. */
  min_requests: z.number().nonnegative().default(20),
  min_errors: z.number().nonnegative().default(5),
  min_scores: z.number().nonnegative().default(30),
});

export type Thresholds = z.infer<typeof thresholdsSchema>;
