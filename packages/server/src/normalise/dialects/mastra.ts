import type { Dialect } from "../dialect.ts";
import { field } from "../fields.ts";

/** What Mastra adds to the GenAI conventions. Source: @mastra/otel-exporter 1, @mastra/core span types. */
export const mastra: Dialect = {
  name: "mastra",
  keys: [
    ["mastra.span.type", field.spanKind],
    ["mastra.completion_start_time", field.firstTokenTime],
    ["gen_ai.usage.cached_input_tokens", field.cacheReadTokens],
    ["mastra.metadata.userId", field.userId],
    ["mastra.metadata.sessionId", field.sessionId],
    ["mastra.metadata.threadId", field.sessionId],
    ["mastra.metadata.tenantId", field.tenantId],
    ["gen_ai.usage.cache_creation.5m_input_tokens", field.none],
    ["mastra.tags", field.none],
    ["mastra.metadata.runId", field.none],
  ],
  contentPrefixes: [
    "mastra.agent_run.",
    "mastra.model_generation.",
    "mastra.model_step.",
    "mastra.tool_call.",
    "mastra.mcp_tool_call.",
    "mastra.provider_tool_call.",
    "mastra.client_tool_call.",
    "mastra.model_inference.",
    "mastra.processor_run.",
    "mastra.generic.",
    "mastra.workflow_run.",
    "mastra.workflow_step.",
    "mastra.model_chunk.",
    "mastra.mapping.",
    "mastra.memory_operation.",
    "mastra.scorer_run.",
    "mastra.scorer_step.",
    "mastra.rag_",
  ],
};
