import type { Dialect } from "../dialect.ts";
import { field } from "../fields.ts";

/**
 * Claude Code's own spans and log events. Source: its documentation of monitoring, "Traces (beta)". Its names have no prefix, so that its
 * counts are believed only where `span.type` says whose they are; they exclude one another, as in Anthropic's answers.
 */
export const claudeCode: Dialect = {
  name: "claude-code",
  keys: [
    ["span.type", field.bareKind],
    ["model", field.bareModel],
    ["input_tokens", field.bareInputTokens],
    ["output_tokens", field.bareOutputTokens],
    ["cache_read_tokens", field.bareCacheReadTokens],
    ["cache_creation_tokens", field.bareCacheWriteTokens],
    ["ttft_ms", field.bareTtftMs],
    ["stop_reason", field.bareFinishReason],
    ["tool_name", field.entityName],
    ["user_prompt", field.content],
    ["new_context", field.content],
    ["user_system_prompt", field.content],
    ["system_prompt_preview", field.content],
    ["tool_input", field.content],
    ["response.model_output", field.content],
    ["prompt.id", field.none],
    ["request_id", field.none],
    ["tool_use_id", field.none],
    ["interaction.sequence", field.none],
  ],
  contentPrefixes: [],
};
