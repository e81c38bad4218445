import type { Dialect } from "../dialect.ts";
import { field } from "../fields.ts";

/**
 * `langfuse.*` attributes of the Langfuse SDKs 3 to 5. Source: @langfuse/core, LangfuseOtelSpanAttributes. Token counts exclude one
 * another there: 120 input tokens of which 64 were cached are `input: 56, input_cached_tokens: 64`.
 */
export const langfuse: Dialect = {
  name: "langfuse",
  keys: [
    ["langfuse.observation.type", field.spanKind],
    ["langfuse.observation.model.name", field.requestModel],
    ["langfuse.observation.usage_details", field.usageExclusive],
    ["langfuse.observation.completion_start_time", field.firstTokenTime],
    ["langfuse.observation.level", field.level],
    ["langfuse.observation.status_message", field.statusMessage],
    ["langfuse.observation.prompt.name", field.promptName],
    ["langfuse.observation.prompt.version", field.promptVersion],
    ["langfuse.user.id", field.userId],
    ["langfuse.session.id", field.sessionId],
    ["langfuse.environment", field.environment],
    ["langfuse.release", field.release],
    ["langfuse.observation.input", field.content],
    ["langfuse.observation.output", field.content],
    ["langfuse.trace.input", field.content],
    ["langfuse.trace.output", field.content],

    ["langfuse.observation.cost_details", field.reportedCostUsd],
    ["langfuse.observation.model.parameters", field.none],
    ["langfuse.trace.name", field.none],
    ["langfuse.trace.tags", field.none],
    ["langfuse.version", field.none],
    ["langfuse.internal.is_app_root", field.none],
    ["langfuse.internal.as_root", field.none],
  ],
  contentPrefixes: [],
};
