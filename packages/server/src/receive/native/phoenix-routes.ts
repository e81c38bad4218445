// Phoenix' API for annotations and notes; its spans come as OTLP. Source: @arizeai/phoenix-client 6.14, as it sends by default.
import { randomUUID } from "node:crypto";
import type { Hono } from "hono";
import type { JsonObject } from "../../decode/json-fields.ts";
import { senderOf, type Door } from "../door.ts";
import { toSpanId, toTraceId } from "./ids.ts";
import { recordOf, recordsOf, textOf } from "./json.ts";
import { answerJson, type DoorContext, type NativeDoorOptions } from "./native-door.ts";
import type { Score } from "./part.ts";

/** The version of Phoenix whose annotations and notes are taken here: the client asks before it sends some of them. */
const phoenixVersion = "15.5.0";

export function addPhoenixRoutes(app: Hono<Door>, options: NativeDoorOptions): void {
  app.get("/arize_phoenix_version", (context) => context.text(phoenixVersion));
  for (const kind of ["span", "trace", "session", "document"] as const) {
    app.post(`/v1/${kind}_annotations`, (context) =>
      answerJson(context, options, async (value) => {
        const scores = recordsOf(recordOf(value)["data"]).map((item) => toScore(item, options.now()));
        await acceptScores(context, options, scores);
        return context.json({ data: scores.map(({ id }) => ({ id })) });
      }),
    );
  }
  for (const kind of ["span", "trace", "session"] as const) {
    app.post(`/v1/${kind}_notes`, (context) =>
      answerJson(context, options, async (value) => {
        const score = toNote(recordOf(recordOf(value)["data"]), options.now());
        await acceptScores(context, options, [score]);
        return context.json({ data: { id: score.id } });
      }),
    );
  }
}

function acceptScores(
  context: DoorContext,
  { intake, project }: NativeDoorOptions,
  scores: readonly Score[],
): Promise<void> {
  return intake.acceptScores(senderOf(context, project), scores);
}

/** What tells annotations apart: one with the same values takes the place of the one before. */
const identity = ["span_id", "trace_id", "session_id", "document_position", "name", "identifier"] as const;

function toScore(body: JsonObject, timeMs: number): Score {
  const result = recordOf(body["result"]);
  const { score } = result;
  const given = identity.filter((key) => key !== "document_position" || body[key] !== undefined);
  return {
    id: given.map((key) => textOf(body[key])).join("."),
    traceId: toTraceId(textOf(body["trace_id"])),
    spanId: toSpanId(textOf(body["span_id"])),
    sessionId: textOf(body["session_id"]),
    name: textOf(body["name"]),
    value: typeof score === "number" ? score : undefined,
    label: textOf(result["label"]),
    explanation: textOf(result["explanation"]),
    origin: textOf(body["annotator_kind"]),
    timeMs,
  };
}

/** A note is an annotation of that name with nothing but words; without an identifier every one stays. */
function toNote(body: JsonObject, timeMs: number): Score {
  const identifier = textOf(body["identifier"]) || randomUUID();
  const result = { explanation: body["note"] };
  return toScore({ ...body, identifier, name: "note", annotator_kind: "HUMAN", result }, timeMs);
}
