// Files that Opik's SDKs attach to traces and spans, by their own word or because they stood as base64 in what was said. Source: Opik for
// Python 2.2 (file_upload), opik 2.0; an upload that is to come to the server itself is announced by a name of its own.
import type { Hono } from "hono";
import { MalformedRequestError } from "../../decode/malformed-request-error.ts";
import { senderOf, type Door } from "../door.ts";
import { toRootSpanId, toSpanId, toTraceId } from "./ids.ts";
import { recordOf, textOf } from "./json.ts";
import { describeMedia, toMediaEvent, type Media } from "./media-event.ts";
import { answerBody, answerJson, type DoorContext, type NativeDoorOptions } from "./native-door.ts";
import { originOf } from "./own-address.ts";
import type { Part } from "./part.ts";

/** Tells the SDK that the file goes to the server, in one piece, and not to an object store in many. */
const uploadToServer = "BEMinIO";

export function addOpikAttachments(app: Hono<Door>, options: NativeDoorOptions, path: string): void {
  app.post(`${path}/upload-start`, (context) =>
    answerJson(context, options, async (value) => {
      const { file_name, mime_type, entity_type, entity_id } = recordOf(value);
      const query = new URLSearchParams({
        file_name: textOf(file_name),
        mime_type: textOf(mime_type),
        entity_type: textOf(entity_type),
        entity_id: textOf(entity_id),
      });
      const url = `${originOf(context)}${path}/upload?${query.toString()}`;
      return context.json({ upload_id: uploadToServer, pre_sign_urls: [url] });
    }),
  );
  app.put(`${path}/upload`, (context) =>
    answerBody(context, options, async (body) => {
      await acceptAttachment(context, options, body);
      return context.body(null, 204);
    }),
  );
  app.post(`${path}/upload-complete`, (context) =>
    answerBody(context, options, () => Promise.resolve(context.body(null, 204))),
  );
}

async function acceptAttachment(
  context: DoorContext,
  { intake, project, now }: NativeDoorOptions,
  body: Buffer,
): Promise<void> {
  const { file_name = "", mime_type = "", entity_type = "", entity_id = "" } = context.req.query();
  if (entity_id === "") throw new MalformedRequestError('"entity_id" names nothing to attach the file to');
  const media: Media = { id: file_name, isAttached: true, contentType: mime_type, body };
  const sender = senderOf(context, project);
  const isTrace = entity_type === "trace";
  const traceId = isTrace ? toTraceId(entity_id) : intake.findTraceId(project, "opik", entity_id);
  // Files of a span may come before the span itself, which alone knows its trace: then they wait for it.
  if (traceId === "") return intake.accept(sender, [toPart(entity_id, media)]);
  const spanId = isTrace ? toRootSpanId(entity_id) : toSpanId(entity_id);
  const place = { service: "opik", timeNs: BigInt(now()) * 1_000_000n, traceId, spanId };
  return intake.acceptLogs(sender, [toMediaEvent(media, place)]);
}

function toPart(id: string, media: Media): Part {
  const fields = { attachments: { [media.id]: describeMedia(media) } };
  return { source: "opik", kind: "span", id, traceId: "", sdk: { name: "opik", version: "" }, fields };
}
