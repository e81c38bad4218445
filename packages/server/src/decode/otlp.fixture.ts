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

const defaults = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  name: "chat gpt-4o",
  kind: 0 as SpanKind,
  startMs: Date.UTC(2026, 10, 20, 12, 0, 0),
  durationMs: 1000,
  status: { code: 0 } as SpanStatus,
  attributes: {} as Attributes,
  links: [] as Link[],
  events: [] as NonNullable<FixtureSpan["events"]>,
  resource: { "service.name": "support-bot" } as Attributes,
  scope: { name: "fixture", version: "1.2.3" } as NonNullable<FixtureSpan["scope"]>,
};

/** A fixed day, so that expectations can be written down. */
export const fixtureStartMs: number = defaults.startMs;

function toReadableSpan(given: FixtureSpan): ReadableSpan {
  const span = { ...defaults, ...given };
  const { traceId, parentSpanId, startMs } = span;
  const parent =
    parentSpanId === undefined ? {} : { parentSpanContext: { traceId, spanId: parentSpanId, traceFlags: 1 } };
  return {
    name: span.name,
    kind: span.kind,
    spanContext: (): SpanContext => ({ traceId, spanId: span.spanId, traceFlags: 1 }),
    ...parent,
    startTime: toHrTime(startMs),
    endTime: toHrTime(startMs + span.durationMs),
    duration: toHrTime(span.durationMs),
    status: span.status,
    attributes: span.attributes,
    links: span.links,
    events: span.events.map((event) => ({ time: toHrTime(startMs), attributes: {}, ...event })),
    ended: true,
    resource: resourceFromAttributes(span.resource),
    instrumentationScope: span.scope,
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
