import type { Dialect } from "../dialect.ts";
import { field } from "../fields.ts";

/** Spans of Opik's own API, as the server writes them down; its counts are OpenAI's. Media are told alike for all SDKs. */
export const opik: Dialect = {
  name: "opik",
  keys: [
    ["opik.span.type", field.spanKind],
    ["opik.model", field.requestModel],
    ["opik.provider", field.provider],
    ["opik.usage", field.usageInclusive],
    ["opik.total_estimated_cost", field.reportedCostUsd],
    ["opik.thread_id", field.sessionId],
    ["opik.user_id", field.userId],
    ["opik.input", field.content],
    ["opik.output", field.content],
    ["spanlight.media", field.content],
    ["opik.tags", field.none],
    ["exception.stacktrace", field.none],
  ],
  contentPrefixes: [],
};
