// Traceloop's API beside OTLP: user feedback, the images that its instrumentation of OpenAI takes out of calls, the prompts that it asks
// for at its start. Source: @traceloop/node-server-sdk 0.27, as it sends by default.
import { randomUUID } from "node:crypto";
import type { Hono } from "hono";
import { MalformedRequestError } from "../../decode/malformed-request-error.ts";
import { senderOf, type Door } from "../door.ts";
import { toSpanId, toTraceId } from "./ids.ts";
import { recordOf, textOf } from "./json.ts";
import { toMediaEvent } from "./media-event.ts";
import { answerJson, type NativeDoorOptions } from "./native-door.ts";
import { originOf } from "./own-address.ts";
import type { Score } from "./part.ts";

export function addTraceloopRoutes(app: Hono<Door>, options: NativeDoorOptions): void {
  // It asks again every minute, and what is no JSON here ends the application.
  app.get("/v1/traceloop/prompts", (context) => context.json({ prompts: [], environment: "prd" }));
  app.post("/v2/annotation-tasks/:task/annotations", (context) =>
    answerJson(context, options, async (value) => {
      const scores = toScores(value, options.now());
      await options.intake.acceptScores(senderOf(context, options.project), scores);
      return context.json({ ids: scores.map(({ id }) => id) }, 201);
    }),
  );
  addImages(app, options);
}

/** An image is announced by its name, then sent to the address it was given, which stands in the span's messages. */
function addImages(app: Hono<Door>, options: NativeDoorOptions): void {
  const path = "/v2/traces/:traceId/spans/:spanId/images";
  app.post(path, (context) =>
    answerJson(context, options, async (value) => {
      const extension = /\.(\w{1,10})$/.exec(textOf(recordOf(value)["image_name"]))?.[1] ?? "png";
      return context.json({ url: `${originOf(context)}${context.req.path}/${randomUUID()}.${extension}` });
    }),
  );
  app.post(`${path}/:id`, (context) =>
    answerJson(context, options, async (value) => {
      const { image_data: data } = recordOf(value);
      if (typeof data !== "string") throw new MalformedRequestError('"image_data" is not a text');
      const { traceId, spanId, id } = context.req.param();
      const media = {
        id,
        isAttached: false,
        contentType: toContentType(id),
        body: Buffer.from(data, "base64"),
      };
      const place = {
        service: "traceloop",
        timeNs: BigInt(options.now()) * 1_000_000n,
        traceId: toTraceId(traceId),
        spanId: toSpanId(spanId),
      };
      await options.intake.acceptLogs(senderOf(context, options.project), [toMediaEvent(media, place)]);
      return context.json({ id });
    }),
  );
}

function toContentType(name: string): string {
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return `image/${extension === "jpg" ? "jpeg" : extension}`;
}

const traceIdForm = /^[0-9a-f]{32}$/i;

/**
 * Every tag is a score of its own. What is judged is whatever the application associates its traces with, most often a chat: a session,
 * unless it has the form of a trace id.
 */
function toScores(value: unknown, timeMs: number): Score[] {
  const body = recordOf(value);
  const entity = textOf(body["entity_instance_id"]);
  const isTrace = traceIdForm.test(entity);
  if (entity === "")
    throw new MalformedRequestError('"entity_instance_id" names nothing that could be judged');
  return Object.entries(recordOf(body["tags"])).map(([name, said]) => ({
    id: randomUUID(),
    traceId: isTrace ? toTraceId(entity) : "",
    spanId: "",
    sessionId: isTrace ? "" : entity,
    name,
    value: typeof said === "number" ? said : undefined,
    label: Array.isArray(said) ? said.map(textOf).join(", ") : typeof said === "number" ? "" : textOf(said),
    explanation: "",
    origin: textOf(body["flow"]) || textOf(body["source"]),
    timeMs,
  }));
}
