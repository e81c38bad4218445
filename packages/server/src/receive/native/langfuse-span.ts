// Observations and traces of Langfuse's ingestion API, in the attributes of @langfuse/otel.
import type { JsonObject } from "../../decode/json-fields.ts";
import { recordOf, textOf, toContent, toNanoseconds } from "./json.ts";
import { spreadAttributes, type OtlpAttributes } from "./otlp-span.ts";
import type { Part, SourceReader } from "./part.ts";

/** A trace has no end of its own, and an event none at all. */
export const langfuseReader: SourceReader = {
  startNs: ({ fields }) => toNanoseconds(fields["startTime"] ?? fields["timestamp"]),
  endNs: (part) => toNanoseconds(isEvent(part) ? part.fields["startTime"] : part.fields["endTime"]),
  isComplete: (part) =>
    part.kind === "trace" || isEvent(part) || toNanoseconds(part.fields["endTime"]) !== undefined,
  isModelCall: ({ fields }) => /^(generation|embedding)$/i.test(textOf(fields["type"])),
  describe: ({ kind, fields }, trace) => ({
    name: textOf(fields["name"]) || kind,
    service: "langfuse",
    parentId: textOf(fields["parentObservationId"]),
    error:
      textOf(fields["level"]).toUpperCase() === "ERROR"
        ? { type: "", message: textOf(fields["statusMessage"]) }
        : undefined,
    attributes: kind === "trace" ? toTraceSpanAttributes(fields) : toObservationAttributes(fields, trace),
  }),
};

function isEvent({ fields }: Part): boolean {
  return textOf(fields["type"]).toLowerCase() === "event";
}

/** Attributes of an observation; `trace` is what is known of its trace. */
function toObservationAttributes(fields: JsonObject, trace: JsonObject): OtlpAttributes {
  const type = textOf(fields["type"]).toLowerCase() || "span";
  return {
    ...toTraceAttributes(trace),
    "langfuse.observation.type": type,
    "gen_ai.tool.name": type === "tool" ? textOf(fields["name"]) : undefined,
    "langfuse.observation.model.name": textOf(fields["model"]),
    "langfuse.observation.model.parameters": toContent(fields["modelParameters"]),
    "langfuse.observation.usage_details": toContent(fields["usageDetails"] ?? toUsage(fields["usage"])),
    "langfuse.observation.cost_details": toContent(fields["costDetails"]),
    "langfuse.observation.completion_start_time": textOf(fields["completionStartTime"]),
    "langfuse.observation.level": textOf(fields["level"]),
    "langfuse.observation.status_message": textOf(fields["statusMessage"]),
    "langfuse.observation.prompt.name": textOf(fields["promptName"]),
    "langfuse.observation.prompt.version": textOf(fields["promptVersion"]),
    "langfuse.observation.input": toContent(fields["input"]),
    "langfuse.observation.output": toContent(fields["output"]),
    ...toShared(fields, "langfuse.observation.metadata"),
  };
}

/** Attributes of the span that stands for a trace. */
function toTraceSpanAttributes(fields: JsonObject): OtlpAttributes {
  return {
    ...toTraceAttributes(fields),
    "langfuse.observation.type": "span",
    "langfuse.trace.input": toContent(fields["input"]),
    "langfuse.trace.output": toContent(fields["output"]),
    ...toShared(fields, "langfuse.trace.metadata"),
  };
}

/** Whose a trace is: said of all its spans, because each of them is counted by user and session. */
function toTraceAttributes(trace: JsonObject): OtlpAttributes {
  const { tags } = trace;
  return {
    "langfuse.trace.name": textOf(trace["name"]),
    "langfuse.user.id": textOf(trace["userId"]),
    "langfuse.session.id": textOf(trace["sessionId"]),
    "langfuse.trace.tags": Array.isArray(tags) ? tags.map(textOf) : undefined,
    "langfuse.release": textOf(trace["release"]),
    "langfuse.environment": textOf(trace["environment"]),
  };
}

function toShared(fields: JsonObject, metadataKey: string): OtlpAttributes {
  const { metadata, environment, version } = fields;
  return {
    ...spreadAttributes(`${metadataKey}.`, metadata),
    [metadataKey]: typeof metadata === "object" ? undefined : toContent(metadata),
    ...(environment === undefined ? {} : { "langfuse.environment": textOf(environment) }),
    "langfuse.version": textOf(version),
  };
}

/** Counts in the older form: `{ input, output, total, unit }`, or with OpenAI's names. */
function toUsage(usage: unknown): JsonObject | undefined {
  const given = recordOf(usage);
  const input = given["input"] ?? given["promptTokens"];
  const output = given["output"] ?? given["completionTokens"];
  if (input === undefined && output === undefined) return undefined;
  return { ...(input == null ? {} : { input }), ...(output == null ? {} : { output }) };
}
