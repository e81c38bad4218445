// Images, audio and files beside what was said, as events of their span: `messages/media.ts` puts them back where they belong.
import type { OtlpLog } from "./otlp-log.ts";

/** A file that an SDK uploaded for a span. */
export interface Media {
  /** What refers to it in the span's messages; for an attachment its name. */
  readonly id: string;
  /** True for what stands beside the messages, which do not have to refer to it. */
  readonly isAttached: boolean;
  readonly contentType: string;
  readonly body: Buffer;
}

export interface MediaPlace {
  readonly service: string;
  /** Unix nanoseconds; of the same upload always the same, so that it is known when it is sent again. */
  readonly timeNs: bigint;
  /** Hexadecimal. */
  readonly traceId: string;
  readonly spanId: string;
}

/** Of what is larger, in bytes, only type and size are kept. */
const largestMedia = 8 * 1024 * 1024;

export function toMediaEvent(media: Media, place: MediaPlace): OtlpLog {
  return {
    ...place,
    eventName: "gen_ai.content.media",
    attributes: { "spanlight.media.id": media.id, "spanlight.media": JSON.stringify(describeMedia(media)) },
  };
}

/** What is kept of a file, in the words of the conventions' `blob` parts. */
export function describeMedia({ id, isAttached, contentType, body }: Media): Record<string, unknown> {
  return {
    id,
    mime_type: contentType,
    bytes: body.length,
    ...(isAttached ? { attached: true } : {}),
    ...(body.length > largestMedia ? {} : { content: body.toString("base64") }),
  };
}
