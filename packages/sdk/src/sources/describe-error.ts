import type { CallError } from "../call-record.ts";
import { fieldsOf, isObject, textOf, type Fields } from "./read-value.ts";

/** The error's kind: HTTP status, `timeout`, or class name. */
export function describeError(error: unknown): CallError {
  try {
    return readError(error);
  } catch {
    // Anything can be thrown, also what throws when it is looked at.
    return { type: "_OTHER", message: "", code: undefined };
  }
}

function readError(error: unknown): CallError {
  if (!isObject(error)) return { type: "_OTHER", message: String(error), code: undefined };
  const { status, code, name } = error;
  const isError = error instanceof Error;
  const className = isError ? classNameOf(error) : "_OTHER";
  const told = providerType(error) ?? networkCode(error, className);
  const message = isError || typeof error["message"] === "string" ? String(error["message"]) : "";
  // A bundler that minifies leaves classes without their names; the client's message stays.
  const isTimeout =
    className === "APIConnectionTimeoutError" || name === "TimeoutError" || message === "Request timed out.";
  return {
    type: typeof status === "number" ? String(status) : isTimeout ? "timeout" : (told ?? className),
    message,
    code: typeof code === "string" ? code : told,
  };
}

/** True for what the platform, or a client, throws when the application aborts. */
export function isAbortError(error: unknown): boolean {
  return error instanceof Error && /^(?:AbortError|APIUserAbortError)$/.test(classNameOf(error));
}

/** The platform's own errors are all of one class, and have names. */
function classNameOf(error: Error): string {
  const className = error.constructor.name;
  return className === "DOMException" || className === "Error" ? error.name : className;
}

/** What Anthropic calls its errors: `overloaded_error`; in a stream they come without a status. */
function providerType(error: Fields): string | undefined {
  const body = fieldsOf(error["error"]);
  return body["type"] === "error" ? textOf(fieldsOf(body["error"])["type"]) : undefined;
}

/** What broke the connection (`UND_ERR_SOCKET`, `ECONNRESET`): the platform's `fetch` and its bodies throw a bare TypeError for it. */
function networkCode(error: Fields, className: string): string | undefined {
  return className === "TypeError" ? textOf(fieldsOf(error["cause"])["code"]) : undefined;
}
