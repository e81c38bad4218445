// Opik's API for traces, spans and scores, one by one and in batches. Source: opik 2.0, as it sends by default.
import type { Hono } from "hono";
import type { JsonObject } from "../../decode/json-fields.ts";
import { senderOf, type Door } from "../door.ts";
import { toRootSpanId, toSpanId, toTraceId } from "./ids.ts";
import { recordOf, recordsOf, textOf } from "./json.ts";
import { answerJson, type DoorContext, type NativeDoorOptions } from "./native-door.ts";
import { addOpikAttachments } from "./opik-attachments.ts";
import type { Part, Score } from "./part.ts";

/** The SDK's base URL ends in `/api`, or in nothing where only the server was named. */
const prefixes = ["/api/v1/private", "/v1/private"] as const;

type Kind = Part["kind"];

export function addOpikRoutes(app: Hono<Door>, options: NativeDoorOptions): void {
  app.get("/api/is-alive/ping", (context) => context.json({ message: "Healthy Server", healthy: true }));
  // The address that the SDK writes into the log of the application with its first trace.
  app.get("/api/v1/session/redirect/projects/", (context) => {
    const traceId = toTraceId(context.req.query("trace_id") ?? "");
    return context.redirect(traceId === "" ? "/traces" : `/traces/${traceId}`);
  });
  for (const prefix of prefixes) {
    addThreadScores(app, options, `${prefix}/traces/threads/feedback-scores`);
    addParts(app, options, { path: `${prefix}/traces`, list: "traces", kind: "trace" });
    addParts(app, options, { path: `${prefix}/spans`, list: "spans", kind: "span" });
    addScores(app, options, { path: `${prefix}/traces`, kind: "trace" });
    addScores(app, options, { path: `${prefix}/spans`, kind: "span" });
    addOpikAttachments(app, options, `${prefix}/attachment`);
  }
}

function addParts(
  app: Hono<Door>,
  options: NativeDoorOptions,
  { path, list, kind }: { path: string; list: string; kind: Kind },
): void {
  const accept = (
    context: DoorContext,
    read: (body: JsonObject) => readonly JsonObject[],
    status: 201 | 204,
  ): Promise<Response> =>
    answerJson(context, options, async (value) => {
      const parts = read(recordOf(value)).flatMap((fields) => toPart(kind, fields));
      await options.intake.accept(senderOf(context, options.project), parts);
      return context.body(null, status);
    });
  app.post(`${path}/batch`, (context) => accept(context, (body) => recordsOf(body[list]), 204));
  app.patch(`${path}/batch`, (context) => accept(context, toUpdates, 204));
  app.post(path, (context) => accept(context, (body) => [body], 201));
  app.patch(`${path}/:id`, (context) =>
    accept(context, (body) => [{ ...body, id: context.req.param("id") }], 204),
  );
}

/** One update of many: `{ ids, update }`. */
function toUpdates(body: JsonObject): JsonObject[] {
  const { ids } = body;
  return Array.isArray(ids) ? ids.map((id) => ({ ...recordOf(body["update"]), id: textOf(id) })) : [];
}

function toPart(kind: Kind, fields: JsonObject): Part[] {
  const id = textOf(fields["id"]);
  if (id === "") return [];
  const traceId = kind === "trace" ? id : textOf(fields["trace_id"]);
  return [{ source: "opik", kind, id, traceId, sdk: { name: "opik", version: "" }, fields }];
}

function addScores(
  app: Hono<Door>,
  options: NativeDoorOptions,
  { path, kind }: { path: string; kind: Kind },
): void {
  const accept = (
    context: DoorContext,
    read: (body: JsonObject) => readonly JsonObject[],
  ): Promise<Response> =>
    answerJson(context, options, async (value) => {
      const scores = read(recordOf(value)).map((score) => toScore(kind, score, options));
      await options.intake.acceptScores(senderOf(context, options.project), scores);
      return context.body(null, 204);
    });
  app.put(`${path}/feedback-scores`, (context) => accept(context, (body) => recordsOf(body["scores"])));
  app.put(`${path}/:id/feedback-scores`, (context) =>
    accept(context, (body) => [{ ...body, id: context.req.param("id") }]),
  );
}

/** A thread is a session; its scores name it by its own id. */
function addThreadScores(app: Hono<Door>, options: NativeDoorOptions, path: string): void {
  app.put(path, (context) =>
    answerJson(context, options, async (value) => {
      const scores = recordsOf(recordOf(value)["scores"]).map((body) => ({
        ...toScore("span", body, options),
        id: `${textOf(body["thread_id"])}.${textOf(body["name"])}`,
        spanId: "",
        sessionId: textOf(body["thread_id"]),
      }));
      await options.intake.acceptScores(senderOf(context, options.project), scores);
      return context.body(null, 204);
    }),
  );
}

function toScore(kind: Kind, body: JsonObject, { intake, project, now }: NativeDoorOptions): Score {
  const id = textOf(body["id"]);
  const { value } = body;
  return {
    // A score of the same name takes the place of the one before.
    id: `${id}.${textOf(body["name"])}`,
    traceId: kind === "trace" ? toTraceId(id) : intake.findTraceId(project, "opik", id),
    spanId: kind === "trace" ? toRootSpanId(id) : toSpanId(id),
    sessionId: "",
    name: textOf(body["name"]),
    value: typeof value === "number" ? value : undefined,
    label: textOf(body["category_name"]),
    explanation: textOf(body["reason"]),
    origin: textOf(body["source"]) || "sdk",
    timeMs: now(),
  };
}
