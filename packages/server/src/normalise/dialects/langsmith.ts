import type { Dialect } from "../dialect.ts";
import { field } from "../fields.ts";

/** What LangSmith's OpenTelemetry mode adds to the GenAI conventions. Source: langsmith, experimental/otel/constants. */
export const langsmith: Dialect = {
  name: "langsmith",
  keys: [
    ["langsmith.span.kind", field.spanKind],
    ["langsmith.metadata.ls_provider", field.provider],
    ["langsmith.metadata.ls_model_name", field.requestModel],
    ["langsmith.usage_metadata", field.usageInclusive],
    ["gen_ai.usage.input_token_details", field.usageInclusive],
    ["gen_ai.usage.output_token_details", field.outputTokenDetails],
    ["langsmith.metadata.user_id", field.userId],
    ["langsmith.metadata.session_id", field.sessionId],
    ["langsmith.metadata.thread_id", field.sessionId],
    ["langsmith.metadata.conversation_id", field.sessionId],
    ["langsmith.trace.name", field.none],
    ["langsmith.trace.session_id", field.none],
    ["langsmith.trace.session_name", field.none],
    ["langsmith.span.id", field.none],
    ["langsmith.span.tags", field.none],
    ["langsmith.span.dotted_order", field.none],
    ["langsmith.metadata.ls_model_type", field.none],
    ["langsmith.metadata.ls_invocation_params", field.none],
    ["langsmith.metadata.LANGSMITH_TRACING", field.none],
    ["langsmith.metadata.ls_temperature", field.none],
    ["langsmith.metadata.ls_max_tokens", field.none],
    ["langsmith.metadata.ls_method", field.none],
  ],
  contentPrefixes: [],
};
