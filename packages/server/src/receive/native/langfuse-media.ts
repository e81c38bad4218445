// Images, audio and files that Langfuse's SDKs take out of what was said and upload apart: kept as an event of their span, so that
// messages are whole again when they are read. Source: @langfuse/core 5.11 (uploadMedia), langfuse 3.39.
import { createHash } from "node:crypto";
import type { Hono } from "hono";
import type { JsonObject } from "../../decode/json-fields.ts";
import { MalformedRequestError } from "../../decode/malformed-request-error.ts";
import { senderOf, type Door } from "../door.ts";
import { toRootSpanId, toSpanId, toTraceId } from "./ids.ts";
import { recordOf, textOf } from "./json.ts";
import { toMediaEvent } from "./media-event.ts";
import type { MediaTicket } from "./media-tickets.ts";
import { answerBody, answerJson, type NativeDoorOptions } from "./native-door.ts";
import type { OtlpLog } from "./otlp-log.ts";
import { originOf } from "./own-address.ts";

/** As long as a repeated request is known, and not longer: an address used twice stores its bytes once. */
const uploadMs = 600_000;

export function addLangfuseMedia(app: Hono<Door>, options: NativeDoorOptions): void {
  const { intake, project, now } = options;
  app.post("/api/public/media", (context) =>
    answerJson(context, options, async (value) => {
      const ticket = toTicket(recordOf(value), now() + uploadMs);
      // Media of data sets, which are not kept: there is nothing to upload.
      if (ticket.traceId === "") return context.json({ mediaId: ticket.id, uploadUrl: null });
      const signed = intake.tickets.issue({ ...ticket, ...senderOf(context, project) });
      return context.json({
        mediaId: ticket.id,
        uploadUrl: `${originOf(context)}/api/public/media-upload/${signed}`,
      });
    }),
  );
  app.put("/api/public/media-upload/:ticket", (context) =>
    answerBody(context, options, async (body) => {
      const { project: of, keyId, ...media } = intake.tickets.read(context.req.param("ticket") ?? "", now());
      const sha256 = createHash("sha256").update(body).digest("base64");
      if (sha256 !== media.sha256)
        throw new MalformedRequestError("the bytes are not those that were announced");
      await intake.acceptLogs({ project: of, keyId }, [toEvent(media, body)]);
      return context.body(null, 200);
    }),
  );
  // How the upload went, from the one who uploaded: the answer to it said so already.
  app.patch("/api/public/media/:id", (context) =>
    answerBody(context, options, () => Promise.resolve(context.json({ mediaId: context.req.param("id") }))),
  );
}

function toTicket(body: JsonObject, untilMs: number): Omit<MediaTicket, "project" | "keyId"> {
  const sha256 = textOf(body["sha256Hash"]);
  const traceId = textOf(body["traceId"]);
  const observation = textOf(body["observationId"]);
  return {
    // The SDK works out the same name.
    id: sha256.replaceAll("+", "-").replaceAll("/", "_").slice(0, 22),
    sha256,
    contentType: textOf(body["contentType"]),
    traceId: toTraceId(traceId),
    spanId: observation === "" ? toRootSpanId(traceId) : toSpanId(observation),
    untilMs,
  };
}

function toEvent(ticket: Omit<MediaTicket, "project" | "keyId">, body: Buffer): OtlpLog {
  const { id, contentType, traceId, spanId, untilMs } = ticket;
  const timeNs = BigInt(untilMs - uploadMs) * 1_000_000n;
  return toMediaEvent(
    { id, isAttached: false, contentType, body },
    { service: "langfuse", timeNs, traceId, spanId },
  );
}
