import type { Dialect } from "../dialect.ts";
import { field } from "../fields.ts";

/** Names of the OpenTelemetry GenAI conventions up to v1.36 that are deprecated and still sent. */
export const otelGenaiOld: Dialect = {
  name: "otel-old",
  keys: [
    ["gen_ai.system", field.provider],
    ["gen_ai.usage.prompt_tokens", field.inputTokens],
    ["gen_ai.usage.completion_tokens", field.outputTokens],
    ["gen_ai.usage.cache_read_input_tokens", field.cacheReadTokens],
    ["gen_ai.usage.cache_creation_input_tokens", field.cacheWriteTokens],
    ["gen_ai.usage.reasoning_tokens", field.reasoningTokens],
    ["gen_ai.prompt", field.content],
    ["gen_ai.completion", field.content],
  ],
  contentPrefixes: ["gen_ai.prompt.", "gen_ai.completion."],
};
