import type { Context } from "hono";
import { BadParameterError } from "./answer.ts";

/** A body that is not JSON by its content type: pages of other sites can send those without being asked. */
export class MediaTypeError extends Error {
  override readonly name = "MediaTypeError";
  readonly code = "media_type_unsupported";
}

/** The JSON body of a request; an empty one is `{}`. Throws `MediaTypeError`, `BadParameterError`. */
export async function readJsonBody(context: Context): Promise<unknown> {
  const type = (context.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new MediaTypeError("send the body as application/json");
  }
  const text = await context.req.text();
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BadParameterError(`the body is not JSON: ${reason}`);
  }
}
