/** Metric names of the GenAI semantic conventions, v1.41. */
export const metricNames = {
  tokenUsage: "gen_ai.client.token.usage",
  operationDuration: "gen_ai.client.operation.duration",
  timeToFirstChunk: "gen_ai.client.operation.time_to_first_chunk",
  timePerOutputChunk: "gen_ai.client.operation.time_per_output_chunk",
} as const;

/** Names after v1.41: durations of inference have a name of their own, token histograms are per direction. */
export const latestMetricNames = {
  inferenceDuration: "gen_ai.client.inference.duration",
  inferenceTimeToFirstChunk: "gen_ai.client.inference.time_to_first_chunk",
  inferenceInputTokens: "gen_ai.client.inference.operation.input_tokens",
  inferenceOutputTokens: "gen_ai.client.inference.operation.output_tokens",
} as const;

/** Metrics no convention has. */
export const appMetricNames = {
  /** Estimated cost of model calls in US dollars; calls without a price are not in it. */
  cost: "app.gen_ai.cost",
} as const;

/** Bucket bounds the conventions prescribe: tokens, and seconds of client operations. */
export const bucketBounds = {
  tokens: [
    1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
  ],
  operationSeconds: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
} as const;
