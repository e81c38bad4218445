import type { SpanEventRecord } from "../decode/read-events.ts";

/** OpenTelemetry's fallback for an error whose class is not known. */
const otherError = "_OTHER";

/** Class of the error that a span's events tell of. */
export function exceptionType(events: readonly SpanEventRecord[]): string {
  const exception = events.find((event) => event.name === "exception");
  const type = exception?.attributes["exception.type"];
  return typeof type === "string" && type !== "" ? type : otherError;
}
