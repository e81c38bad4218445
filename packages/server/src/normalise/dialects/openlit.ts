import type { Dialect } from "../dialect.ts";
import { field } from "../fields.ts";

/** What OpenLIT adds to the GenAI conventions. Source: openlit, semantic-convention. */
export const openlit: Dialect = {
  name: "openlit",
  keys: [
    ["gen_ai.server.time_to_first_token", field.ttftSeconds],
    ["gen_ai.usage.cost", field.reportedCostUsd],
    ["gen_ai.usage.prompt_tokens_details.cache_read", field.cacheReadTokens],
    ["gen_ai.usage.prompt_tokens_details.cache_write", field.cacheWriteTokens],
    ["gen_ai.usage.completion_tokens_details.reasoning", field.reasoningTokens],
    ["gen_ai.request.user", field.userId],
    ["gen_ai.user.id", field.userId],
    ["gen_ai.environment", field.environment],
    ["deployment.environment", field.environment],
    ["deployment.environment.name", field.environment],
    ["gen_ai.tool.args", field.content],
    ["gen_ai.content.prompt", field.content],
    ["gen_ai.content.completion", field.content],
    ["gen_ai.request.is_stream", field.none],
    ["gen_ai.application_name", field.none],
    ["gen_ai.sdk.version", field.none],
    ["openlit.agent.version_hash", field.none],
    ["telemetry.sdk.name", field.none],
    ["service.name", field.none],
    ["gen_ai.server.time_per_output_token", field.none],
  ],
  contentPrefixes: [],
};
