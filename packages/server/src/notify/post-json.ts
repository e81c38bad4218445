import { DeliveryError } from "./receiver.ts";

export interface PostRequest {
  /** What is posted to, for error messages: URLs of receivers are secrets. */
  readonly what: string;
  readonly url: string;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 10_000;
/** So much of an error answer goes into the message. */
const MAX_ERROR_TEXT = 300;

/** `Retry-After` in ms: seconds or a date. */
function readRetryAfter(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - Date.now());
}

/**
 * Posts JSON and answers the body of a 2xx. Throws `DeliveryError`: retryable when nobody answered,
 * on 408, 429 and 5xx.
 */
export async function postJson({ what, url, body, headers, signal }: PostRequest): Promise<string> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "spanlight", ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    text = await response.text();
  } catch (error) {
    const reason =
      error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : "";
    throw new DeliveryError(`${what} cannot be reached: ${reason}`, { isRetryable: true, cause: error });
  }
  if (response.ok) return text;
  const { status } = response;
  throw new DeliveryError(`${what} answered ${status}: ${text.slice(0, MAX_ERROR_TEXT)}`, {
    isRetryable: status === 408 || status === 429 || status >= 500,
    retryAfterMs: readRetryAfter(response.headers.get("retry-after")),
  });
}
