import type { CallError } from "../call-record.ts";
import { fieldsOf } from "./read-value.ts";

/** The error's kind: HTTP status, `timeout`, or class name. */
export function describeError(error: unknown): CallError {
  if (!(error instanceof Error)) return { type: "_OTHER", message: String(error), code: undefined };
  const fields = fieldsOf(error);
  const name = error.constructor.name;
  const status = fields["status"];
  const isTimeout = name === "APIConnectionTimeoutError" || error.name === "TimeoutError";
  return {
    type: typeof status === "number" ? String(status) : isTimeout ? "timeout" : name,
    message: error.message,
    code: typeof fields["code"] === "string" ? fields["code"] : undefined,
  };
}
