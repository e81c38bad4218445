import type { SpanView } from "../decode/span-view.ts";

/** Why a span's ids are none: the wrong length, or all zero. */
export function findIdFault(
  bytes: Buffer,
  span: SpanView,
): "invalid_trace_id" | "invalid_span_id" | undefined {
  if (span.traceIdLength !== 16 || isZero(bytes, span.traceIdStart, 16)) return "invalid_trace_id";
  if (span.spanIdLength !== 8 || isZero(bytes, span.spanIdStart, 8)) return "invalid_span_id";
  return undefined;
}

function isZero(bytes: Buffer, start: number, length: number): boolean {
  for (let index = start; index < start + length; index += 1) if (bytes[index] !== 0) return false;
  return true;
}
