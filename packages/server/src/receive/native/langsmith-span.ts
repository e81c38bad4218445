// Runs of LangSmith's API, in the attributes of LangSmith's OpenTelemetry mode.
import { isRecord, type JsonObject } from "../../decode/json-fields.ts";
import { recordOf, recordsOf, textOf, toContent, toNanoseconds } from "./json.ts";
import { spreadAttributes, type OtlpAttributes } from "./otlp-span.ts";
import type { Description, SourceReader } from "./part.ts";

/** A run is a span; the first run of a trace has the trace's id. */
export const langsmithReader: SourceReader = {
  startNs: ({ fields }) => toNanoseconds(fields["start_time"]),
  endNs: ({ fields }) => toNanoseconds(fields["end_time"]),
  isComplete: ({ fields }) => toNanoseconds(fields["end_time"]) !== undefined,
  isModelCall: ({ fields }) => fields["run_type"] === "llm" || fields["run_type"] === "embedding",
  describe: ({ fields }) => ({
    name: textOf(fields["name"]) || "run",
    service: textOf(fields["session_name"]) || "langsmith",
    parentId: textOf(fields["parent_run_id"]),
    error: toError(textOf(fields["error"])),
    attributes: toRunAttributes(fields, toNanoseconds(fields["start_time"]) ?? 0n),
  }),
};

/** An error is its name, a colon and its message, the stack below. */
function toError(text: string): Description["error"] {
  if (text === "") return undefined;
  return { type: /^([\w.]*(?:Error|Exception)): /.exec(text)?.[1] ?? "", message: text };
}

/** Attributes of a run that started at `startNs`. */
function toRunAttributes(fields: JsonObject, startNs: bigint): OtlpAttributes {
  const { usage_metadata: saidUsage, ...metadata } = recordOf(recordOf(fields["extra"])["metadata"]);
  const isModel = fields["run_type"] === "llm" || fields["run_type"] === "embedding";
  const { tags } = fields;
  return {
    "langsmith.span.kind": textOf(fields["run_type"]),
    "langsmith.span.id": textOf(fields["id"]),
    "gen_ai.tool.name": fields["run_type"] === "tool" ? textOf(fields["name"]) : undefined,
    "langsmith.trace.session_name": textOf(fields["session_name"]),
    "langsmith.span.dotted_order": textOf(fields["dotted_order"]),
    "langsmith.span.tags": Array.isArray(tags) ? tags.map(textOf).join(", ") : undefined,
    ...spreadAttributes("langsmith.metadata.", metadata),
    ...(isModel ? toCallAttributes(fields, saidUsage) : {}),
    "gen_ai.response.time_to_first_chunk": readFirstToken(fields["events"], startNs),
    "gen_ai.prompt": toContent(fields["inputs"]),
    "gen_ai.completion": toContent(fields["outputs"]),
    ...spreadAttributes("langsmith.attachment.", fields["attachments"]),
  };
}

function toCallAttributes(fields: JsonObject, saidUsage: unknown): OtlpAttributes {
  const outputs = recordOf(fields["outputs"]);
  const inputs = recordOf(fields["inputs"]);
  const parameters = recordOf(recordOf(fields["extra"])["invocation_params"]);
  const message = readGeneratedMessage(outputs);
  const response = recordOf(message["response_metadata"]);
  return {
    "gen_ai.request.model": textOf(parameters["model"] ?? parameters["model_name"] ?? inputs["model"]),
    "gen_ai.response.model": textOf(outputs["model"] ?? response["model_name"] ?? response["model"]),
    "gen_ai.response.id": textOf(outputs["id"]),
    "gen_ai.response.finish_reasons": readFinishReasons(outputs, response),
    "langsmith.usage_metadata": toContent(
      outputs["usage_metadata"] ??
        saidUsage ??
        message["usage_metadata"] ??
        outputs["usage"] ??
        recordOf(outputs["llm_output"])["tokenUsage"],
    ),
  };
}

/** LangChain answers `{ generations: [[{ message }]] }`, the message serialised with its fields below `kwargs`. */
function readGeneratedMessage(outputs: JsonObject): JsonObject {
  const { generations } = outputs;
  const [first] = Array.isArray(generations) ? (generations as unknown[]).flat() : [];
  const message = recordOf(recordOf(first)["message"]);
  return isRecord(message["kwargs"]) ? message["kwargs"] : message;
}

function readFinishReasons(outputs: JsonObject, response: JsonObject): readonly string[] | undefined {
  const reasons = [
    ...recordsOf(outputs["choices"]).map((choice) => textOf(choice["finish_reason"])),
    textOf(outputs["stop_reason"]),
    textOf(response["finish_reason"] ?? response["stop_reason"]),
  ].filter((reason) => reason !== "");
  return reasons.length === 0 ? undefined : reasons;
}

/** Seconds from the start of the run to its first token. */
function readFirstToken(events: unknown, startNs: bigint): number | undefined {
  const first = recordsOf(events).find((event) => event["name"] === "new_token");
  const timeNs = toNanoseconds(first?.["time"]);
  return timeNs === undefined || timeNs < startNs ? undefined : Number(timeNs - startNs) / 1e9;
}
