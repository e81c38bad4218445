import { readNumber, type Environment } from "../environment.ts";
import type { AttributeLimits, SpanLimits } from "./limits.ts";

type Warn = (sentence: string) => void;

/** The limits of spans that the specification's variables set. */
export function readSpanLimits(environment: Environment, warn: Warn): SpanLimits {
  const read = (name: string): number | undefined => readNumber(environment, name, warn);
  return {
    ...readAttributeLimits("SPAN", environment, warn),
    eventCount: read("OTEL_SPAN_EVENT_COUNT_LIMIT") ?? 128,
    linkCount: read("OTEL_SPAN_LINK_COUNT_LIMIT") ?? 128,
    eventAttributeCount: read("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT") ?? 128,
    linkAttributeCount: read("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT") ?? 128,
  };
}

/** The limits of the attributes of one signal: its own variables, else those for every signal. */
export function readAttributeLimits(
  signal: "SPAN" | "LOGRECORD",
  environment: Environment,
  warn: Warn,
): AttributeLimits {
  const read = (end: string): number | undefined =>
    readNumber(environment, `OTEL_${signal}_ATTRIBUTE_${end}`, warn) ??
    readNumber(environment, `OTEL_ATTRIBUTE_${end}`, warn);
  return {
    attributeCount: read("COUNT_LIMIT") ?? 128,
    valueLength: read("VALUE_LENGTH_LIMIT") ?? Infinity,
  };
}
