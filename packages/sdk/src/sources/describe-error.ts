import type { CallError } from "../call-record.ts";
import { isObject } from "./read-value.ts";

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
  const className = isError ? error.constructor.name : "_OTHER";
  const message = isError || typeof error["message"] === "string" ? String(error["message"]) : "";
  // A bundler that minifies leaves classes without their names; the client's message stays.
  const isTimeout =
    className === "APIConnectionTimeoutError" || name === "TimeoutError" || message === "Request timed out.";
  return {
    type: typeof status === "number" ? String(status) : isTimeout ? "timeout" : className,
    message,
    code: typeof code === "string" ? code : undefined,
  };
}
