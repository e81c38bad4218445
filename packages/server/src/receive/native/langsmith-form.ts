// What LangSmith's SDK sends in one form: runs field by field, feedback of them, and the files attached to them. Names of the parts: `post.ID`,
// `patch.ID`, and fields of their own as `post.ID.inputs`; `feedback.ID`; `attachment.ID.NAME`. Source: langsmith 0.10 to 0.12.
import type { JsonObject } from "../../decode/json-fields.ts";
import { toSpanId, toTraceId } from "./ids.ts";
import { recordOf, textOf, toNanoseconds } from "./json.ts";
import { toMediaEvent } from "./media-event.ts";
import type { FormPart } from "./multipart.ts";
import { parseJson } from "./native-door.ts";
import type { OtlpLog } from "./otlp-log.ts";

/** Runs; of what is attached to them type and size. */
export function readFormRuns(form: readonly FormPart[]): JsonObject[] {
  const runs = new Map<string, JsonObject>();
  for (const { name, body, contentType } of form) {
    const [verb = "", id = "", ...rest] = name.split(".");
    const field = rest.join(".");
    if (verb !== "post" && verb !== "patch" && verb !== "attachment") continue;
    const key = `${verb === "attachment" ? "post" : verb}.${id}`;
    const run = runs.get(key) ?? { id };
    runs.set(key, run);
    if (verb === "attachment")
      run["attachments"] = {
        ...recordOf(run["attachments"]),
        [field]: `${contentType}, ${body.length} bytes`,
      };
    else if (field === "") Object.assign(run, parseJson(body));
    else run[field] = parseJson(body);
  }
  return [...runs.values()];
}

/** Since 0.11 the SDK sends feedback among the runs wherever it knows the trace. */
export function readFormFeedback(form: readonly FormPart[]): JsonObject[] {
  return form
    .filter(({ name }) => name.startsWith("feedback."))
    .map(({ name, body }) => ({ id: name.slice("feedback.".length), ...recordOf(parseJson(body)) }));
}

/** The files, as events of their runs; `runs` are those of the form, which alone say when they were and of which trace. */
export function readFormAttachments(
  form: readonly FormPart[],
  runs: readonly JsonObject[],
  nowMs: number,
): OtlpLog[] {
  return form.flatMap(({ name, body, contentType }) => {
    const [, id = "", file = ""] = /^attachment\.([^.]+)\.(.+)$/s.exec(name) ?? [];
    const traceId = textOf(findField(runs, id, "trace_id"));
    if (traceId === "") return [];
    const time = findField(runs, id, "start_time") ?? findField(runs, id, "end_time");
    const place = {
      service: "langsmith",
      timeNs: toNanoseconds(time) ?? BigInt(nowMs) * 1_000_000n,
      traceId: toTraceId(traceId),
      spanId: toSpanId(id),
    };
    return [toMediaEvent({ id: file, isAttached: true, contentType, body }, place)];
  });
}

function findField(runs: readonly JsonObject[], id: string, field: string): unknown {
  return runs.find((run) => run["id"] === id && run[field] !== undefined)?.[field];
}
