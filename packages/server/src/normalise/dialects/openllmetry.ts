import type { Dialect } from "../dialect.ts";
import { field } from "../fields.ts";

/** What OpenLLMetry (Traceloop) adds to the GenAI conventions. Source: @traceloop/ai-semantic-conventions. */
export const openllmetry: Dialect = {
  name: "openllmetry",
  keys: [
    ["llm.request.type", field.operation],
    ["traceloop.span.kind", field.spanKind],
    ["traceloop.entity.name", field.entityName],
    ["llm.vendor", field.provider],
    ["llm.request.model", field.requestModel],
    ["llm.response.model", field.responseModel],
    ["llm.usage.prompt_tokens", field.inputTokens],
    ["llm.usage.completion_tokens", field.outputTokens],
    ["llm.response.finish_reason", field.finishReasons],
    ["llm.response.stop_reason", field.finishReasons],
    ["llm.user", field.userId],
    ["traceloop.association.properties.user_id", field.userId],
    ["traceloop.association.properties.userId", field.userId],
    ["traceloop.association.properties.session_id", field.sessionId],
    ["traceloop.association.properties.sessionId", field.sessionId],
    ["traceloop.association.properties.conversation_id", field.sessionId],
    ["traceloop.association.properties.thread_id", field.sessionId],
    ["traceloop.association.properties.chat_id", field.sessionId],
    ["traceloop.association.properties.tenant_id", field.tenantId],
    ["traceloop.prompt.key", field.promptName],
    ["traceloop.prompt.version", field.promptVersion],
    ["traceloop.entity.input", field.content],
    ["traceloop.entity.output", field.content],
    ["traceloop.prompt.version_name", field.none],
    ["traceloop.prompt.version_hash", field.none],
    ["traceloop.workflow.name", field.none],
    ["traceloop.entity.path", field.none],
    ["llm.usage.total_tokens", field.none],
    ["gen_ai.usage.total_tokens", field.none],
  ],
  contentPrefixes: ["llm.request.functions."],
};
