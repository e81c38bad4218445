import type { Context } from "hono";

/** A body with more bytes than its route reads. */
export class BodyTooLargeError extends Error {
  override readonly name = "BodyTooLargeError";
  readonly code = "body_too_large";
}

/** The body of a request as text. No more than `mostBytes` are read, whether it says its length or not. Throws BodyTooLargeError. */
export async function readBodyText(context: Context, mostBytes: number): Promise<string> {
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
