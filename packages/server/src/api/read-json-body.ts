import type { Context } from "hono";
import { BadParameterError } from "./answer.ts";

/** A body that is not JSON by its content type: pages of other sites can send those without being asked. */
export class MediaTypeError extends Error {
  override readonly name = "MediaTypeError";
  readonly code = "media_type_unsupported";
}

/** A body with more bytes than its route reads. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
  readonly code = "body_too_large";
}

/**
 * The JSON body of a request; an empty one is `{}`. No more than `mostBytes` are read, whether the request says its length or not.
 * Throws `MediaTypeError`, `BodyTooLargeError`, `BadParameterError`.
 */
export async function readJsonBody(context: Context, mostBytes: number = 2 * 1024 * 1024): Promise<unknown> {
  const type = (context.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new MediaTypeError("send the body as application/json");
  }
  const text = await readText(context, mostBytes);
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BadParameterError(`the body is not JSON: ${reason}`);
  }
}

async function readText(context: Context, mostBytes: number): Promise<string> {
  const tooLarge = new BodyTooLargeError(`the body has more than ${mostBytes} bytes`);
  if (Number(context.req.header("content-length") ?? 0) > mostBytes) throw tooLarge;
  const reader = context.req.raw.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > mostBytes) {
      await reader.cancel();
      throw tooLarge;
    }
    text += decoder.decode(value, { stream: true });
  }
}
