// Requests as a third party encodes them: OpenTelemetry's own JavaScript serializers.
import type { Attributes, Link, SpanContext, SpanKind, SpanStatus } from "@opentelemetry/api";
import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";

export interface FixtureSpan {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly kind?: SpanKind;
  readonly startMs?: number;
  readonly durationMs?: number;
  readonly status?: SpanStatus;
  readonly attributes?: Attributes;
  readonly events?: ReadonlyArray<{ name: string; attributes?: Attributes }>;
  readonly links?: Link[];
  readonly resource?: Attributes;
  readonly scope?: { name: string; version?: string };
}

/** A fixed day, so that expectations can be written down. */
export const fixtureStartMs: number = Date.UTC(2026, 10, 20, 12, 0, 0);

export function toReadableSpan(span: FixtureSpan): ReadableSpan {
  const startMs = span.startMs ?? fixtureStartMs;
  const durationMs = span.durationMs ?? 1000;
  const traceId = span.traceId ?? "0af7651916cd43dd8448eb211c80319c";
  const context: SpanContext = { traceId, spanId: span.spanId ?? "b7ad6b7169203331", traceFlags: 1 };
  const parent =
    span.parentSpanId === undefined
      ? {}
      : { parentSpanContext: { traceId, spanId: span.parentSpanId, traceFlags: 1 } };
  return {
    name: span.name ?? "chat gpt-4o",
    kind: span.kind ?? 0,
    spanContext: () => context,
    ...parent,
    startTime: toHrTime(startMs),
    endTime: toHrTime(startMs + durationMs),
    duration: toHrTime(durationMs),
    status: span.status ?? { code: 0 },
    attributes: span.attributes ?? {},
    links: span.links ?? [],
    events: (span.events ?? []).map((event) => ({ time: toHrTime(startMs), attributes: {}, ...event })),
    ended: true,
    resource: resourceFromAttributes(span.resource ?? { "service.name": "support-bot" }),
    instrumentationScope: span.scope ?? { name: "fixture", version: "1.2.3" },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function toHrTime(ms: number): [number, number] {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

export function encodeProtobuf(spans: readonly FixtureSpan[]): Buffer {
  return Buffer.from(ProtobufTraceSerializer.serializeRequest(spans.map(toReadableSpan)) ?? []);
}

export function encodeJson(spans: readonly FixtureSpan[]): Buffer {
  return Buffer.from(JsonTraceSerializer.serializeRequest(spans.map(toReadableSpan)) ?? []);
}
