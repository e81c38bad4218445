// Phoenix' API for annotations; its spans come as OTLP. Source: @arizeai/phoenix-client 6.14, as it sends by default.
import type { Hono } from "hono";
import type { JsonObject } from "../../decode/json-fields.ts";
import { senderOf, type Door } from "../door.ts";
import { toSpanId, toTraceId } from "./ids.ts";
import { recordOf, recordsOf, textOf } from "./json.ts";
import { answerJson, type NativeDoorOptions } from "./native-door.ts";
import type { Score } from "./part.ts";

export function addPhoenixRoutes(app: Hono<Door>, options: NativeDoorOptions): void {
  for (const kind of ["span", "trace", "session"] as const) {
    app.post(`/v1/${kind}_annotations`, (context) =>
      answerJson(context, options, async (value) => {
        const scores = recordsOf(recordOf(value)["data"]).map((item) => toScore(item, options.now()));
        await options.intake.acceptScores(senderOf(context, options.project), scores);
        return context.json({ data: scores.map(({ id }) => ({ id })) });
      }),
    );
  }
}

function toScore(body: JsonObject, timeMs: number): Score {
  const result = recordOf(body["result"]);
  const { score } = result;
  return {
    // An annotation of the same name and identifier takes the place of the one before.
    id: ["span_id", "trace_id", "session_id", "name", "identifier"].map((key) => textOf(body[key])).join("."),
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
