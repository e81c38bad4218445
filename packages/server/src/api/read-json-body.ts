import type { Context } from "hono";
import { BadParameterError } from "./answer.ts";
import { readBodyText } from "./read-body-text.ts";

/** A body that is not JSON by its content type: pages of other sites can send those without being asked. */
export class MediaTypeError extends Error {
  override readonly name = "MediaTypeError";
  readonly code = "media_type_unsupported";
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
  const text = await readBodyText(context, mostBytes);
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BadParameterError(`the body is not JSON: ${reason}`);
  }
}
