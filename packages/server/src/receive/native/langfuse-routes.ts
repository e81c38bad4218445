// Langfuse's ingestion API: events in batches (SDKs up to 3, and the scores of 4 and 5), single scores, what SDKs ask before they start.
// Source: langfuse 3.39 and @langfuse/client 5.11, as they send by default.
import { randomUUID } from "node:crypto";
import type { Hono } from "hono";
import { isRecord, type JsonObject } from "../../decode/json-fields.ts";
import { MalformedRequestError } from "../../decode/malformed-request-error.ts";
import { senderOf, type Door } from "../door.ts";
import { toSpanId, toTraceId } from "./ids.ts";
import { recordOf, textOf, toNanoseconds } from "./json.ts";
import { answerJson, type NativeDoorOptions } from "./native-door.ts";
import type { Part, Score } from "./part.ts";

export function addLangfuseRoutes(app: Hono<Door>, options: NativeDoorOptions): void {
  const { intake, project } = options;
  app.get("/api/public/health", (context) => context.json({ status: "OK", version: "3.0.0" }));
  app.get("/api/public/projects", (context) =>
    context.json({
      data: [{ id: project, name: project, metadata: {}, organization: { id: "", name: "" } }],
    }),
  );
  app.post("/api/public/ingestion", (context) =>
    answerJson(context, options, async (value) => {
      const batch = readBatch(value, options.now());
      const sender = senderOf(context, project);
      await intake.accept(sender, batch.parts);
      await intake.acceptScores(sender, batch.scores);
      return context.json({ successes: batch.successes, errors: batch.errors }, 207);
    }),
  );
  app.post("/api/public/scores", (context) =>
    answerJson(context, options, async (value) => {
      const score = toScore(recordOf(value), { timeMs: options.now() });
      await intake.acceptScores(senderOf(context, project), [score]);
      return context.json({ id: score.id });
    }),
  );
}

interface Batch {
  readonly parts: Part[];
  readonly scores: Score[];
  readonly successes: { id: string; status: 201 }[];
  readonly errors: { id: string; status: 400; message: string }[];
}

function readBatch(value: unknown, nowMs: number): Batch {
  const events = isRecord(value) ? value["batch"] : undefined;
  if (!Array.isArray(events)) throw new MalformedRequestError('"batch" is not an array');
  const metadata = recordOf(recordOf(value)["metadata"]);
  const sdk = {
    name: textOf(metadata["sdk_name"]) || "langfuse",
    version: textOf(metadata["sdk_version"]),
  };
  const batch: Batch = { parts: [], scores: [], successes: [], errors: [] };
  for (const event of events) readEvent(recordOf(event), { batch, sdk, nowMs });
  return batch;
}

function readEvent(
  event: JsonObject,
  { batch, sdk, nowMs }: { batch: Batch; sdk: Part["sdk"]; nowMs: number },
): void {
  const id = textOf(event["id"]);
  const type = textOf(event["type"]);
  const body = recordOf(event["body"]);
  if (type === "score-create") {
    const timeNs = toNanoseconds(event["timestamp"]);
    batch.scores.push(toScore(body, { timeMs: timeNs === undefined ? nowMs : Number(timeNs / 1_000_000n) }));
  } else {
    const part = toPart(type, body, sdk);
    if (part === undefined) {
      batch.errors.push({ id, status: 400, message: `events of type "${type}" without an id are not taken` });
      return;
    }
    if (part !== "nothing") batch.parts.push(part);
  }
  batch.successes.push({ id, status: 201 });
}

/** `trace-create`, `span-update`, `generation-create`, …; the SDK's own log lines (`sdk-log`) say nothing of spans. */
function toPart(type: string, body: JsonObject, sdk: Part["sdk"]): Part | "nothing" | undefined {
  if (type === "sdk-log") return "nothing";
  const id = textOf(body["id"]);
  const named = /^([a-z]+)-(?:create|update)$/.exec(type)?.[1];
  if (id === "" || named === undefined) return undefined;
  if (named === "trace") return { source: "langfuse", kind: "trace", id, traceId: id, sdk, fields: body };
  const fields = named === "observation" ? body : { ...body, type: named };
  // An observation without a trace is a trace of its own.
  return { source: "langfuse", kind: "span", id, traceId: textOf(body["traceId"]) || id, sdk, fields };
}

function toScore(body: JsonObject, at: { timeMs: number }): Score {
  const { value, stringValue } = body;
  const isLabel = typeof value === "string";
  return {
    id: textOf(body["id"]) || randomUUID(),
    traceId: toTraceId(textOf(body["traceId"])),
    spanId: toSpanId(textOf(body["observationId"])),
    sessionId: textOf(body["sessionId"]),
    name: textOf(body["name"]),
    value: toNumber(value),
    label: isLabel ? value : textOf(stringValue),
    explanation: textOf(body["comment"]),
    origin: textOf(body["source"]) || "API",
    ...at,
  };
}

/** A truth is one or zero, as Langfuse keeps it. */
function toNumber(value: unknown): number | undefined {
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "number" ? value : undefined;
}
