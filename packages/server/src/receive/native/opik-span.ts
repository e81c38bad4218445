// Spans and traces of Opik's API, in attributes of our own: Opik's SDK has no OpenTelemetry mode to agree with.
import { isRecord, type JsonObject } from "../../decode/json-fields.ts";
import { recordOf, textOf, toContent, toNanoseconds } from "./json.ts";
import { spreadAttributes, type OtlpAttributes } from "./otlp-span.ts";
import type { Description, SourceReader } from "./part.ts";

/** A trace stands apart from its spans, with a start and an end of its own. */
export const opikReader: SourceReader = {
  startNs: ({ fields }) => toNanoseconds(fields["start_time"]),
  endNs: ({ fields }) => toNanoseconds(fields["end_time"]),
  isComplete: ({ fields }) => toNanoseconds(fields["end_time"]) !== undefined,
  isModelCall: ({ fields }) => fields["type"] === "llm",
  describe: ({ kind, fields }, trace) => ({
    name: textOf(fields["name"]) || kind,
    service: textOf(fields["project_name"]) || "opik",
    parentId: textOf(fields["parent_span_id"]),
    error: toError(recordOf(fields["error_info"])),
    attributes: kind === "trace" ? toTraceSpanAttributes(fields) : toSpanAttributes(fields, trace),
  }),
};

function toError(info: JsonObject): Description["error"] {
  const type = textOf(info["exception_type"]);
  const message = textOf(info["message"]) || textOf(info["traceback"]);
  return type === "" && message === "" ? undefined : { type, message };
}

/** Attributes of a span; `trace` is what is known of its trace. */
function toSpanAttributes(fields: JsonObject, trace: JsonObject): OtlpAttributes {
  return {
    ...toTraceAttributes(trace),
    "opik.span.type": textOf(fields["type"]) || "general",
    "gen_ai.tool.name": fields["type"] === "tool" ? textOf(fields["name"]) : undefined,
    "opik.model": textOf(fields["model"]),
    "opik.provider": textOf(fields["provider"]),
    "opik.usage": toContent(toUsage(fields["usage"])),
    "opik.total_estimated_cost": toNumber(fields["total_estimated_cost"]),
    "gen_ai.response.time_to_first_chunk": toSeconds(fields["ttft"]),
    ...toShared(fields),
  };
}

/** Attributes of the span that stands for a trace. */
function toTraceSpanAttributes(fields: JsonObject): OtlpAttributes {
  return {
    ...toTraceAttributes(fields),
    "opik.span.type": "general",
    ...toShared(fields),
  };
}

/** Whose a trace is: said of all its spans, because each of them is counted by user and session. */
function toTraceAttributes(trace: JsonObject): OtlpAttributes {
  return {
    "opik.thread_id": textOf(trace["thread_id"]),
    "opik.user_id": textOf(recordOf(trace["metadata"])["user_id"] ?? recordOf(trace["metadata"])["userId"]),
  };
}

function toShared(fields: JsonObject): OtlpAttributes {
  const { tags } = fields;
  return {
    "opik.input": toContent(fields["input"]),
    "opik.output": toContent(fields["output"]),
    "opik.tags": Array.isArray(tags) ? tags.map(textOf) : undefined,
    "spanlight.media": toMedia(fields["attachments"]),
    "exception.stacktrace": textOf(recordOf(fields["error_info"])["traceback"]),
    ...spreadAttributes("opik.metadata.", fields["metadata"]),
  };
}

/** Files that came before it was known where they belong, as a list. */
function toMedia(attachments: unknown): string | undefined {
  return isRecord(attachments) ? JSON.stringify(Object.values(attachments)) : undefined;
}

function toNumber(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function toSeconds(ms: unknown): number | undefined {
  return typeof ms === "number" ? ms / 1000 : undefined;
}

/** Totals and, of the provider's own counts below `original_usage.`, the details, which are parts of them. */
function toUsage(usage: unknown): JsonObject | undefined {
  if (!isRecord(usage)) return undefined;
  const counts: JsonObject = {};
  const details: JsonObject = {};
  for (const [key, count] of Object.entries(usage)) {
    const name = key.replace(/^original_usage\./, "");
    if (name.includes(".")) details[name] = count;
    else if (name === key) counts[key] = count;
  }
  return { ...counts, ...details };
}
