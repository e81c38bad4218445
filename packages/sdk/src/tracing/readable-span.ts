import type { Attributes, HrTime, Link, SpanContext } from "@opentelemetry/api";
import type { FinishedEvent, FinishedLink, FinishedSpan, Scope } from "./finished-span.ts";

/** What we read of a span of OpenTelemetry's SDK, versions 1 to 3. */
export interface ReadableSpan {
  readonly name: string;
  readonly kind: number;
  spanContext(): SpanContext;
  readonly parentSpanContext?: SpanContext;
  readonly parentSpanId?: string;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly status: FinishedSpan["status"];
  readonly attributes: Attributes;
  readonly links: readonly Link[];
  readonly events: readonly {
    readonly name: string;
    readonly time: HrTime;
    readonly attributes?: Attributes;
  }[];
  readonly instrumentationScope?: Partial<Scope>;
  readonly instrumentationLibrary?: Partial<Scope>;
  readonly droppedAttributesCount?: number;
  readonly droppedEventsCount?: number;
  readonly droppedLinksCount?: number;
}

/** A span of OpenTelemetry's SDK as our exporters take it. */
export function toFinishedSpan(span: ReadableSpan): FinishedSpan {
  const { traceId, spanId, traceState, traceFlags } = span.spanContext();
  return {
    scope: toScope(span),
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId ?? span.parentSpanId ?? "",
    parentIsRemote: span.parentSpanContext?.isRemote ?? false,
    traceState: traceState?.serialize() ?? "",
    traceFlags,
    name: span.name,
    kind: span.kind,
    startNs: toNs(span.startTime),
    endNs: toNs(span.endTime),
    attributes: span.attributes,
    events: span.events.map(toEvent),
    links: span.links.map(toLink),
    status: span.status,
    droppedAttributes: span.droppedAttributesCount ?? 0,
    droppedEvents: span.droppedEventsCount ?? 0,
    droppedLinks: span.droppedLinksCount ?? 0,
  };
}

function toScope({ instrumentationScope, instrumentationLibrary }: ReadableSpan): Scope {
  const scope = instrumentationScope ?? instrumentationLibrary;
  return { name: scope?.name ?? "", version: scope?.version ?? "" };
}

function toEvent({ name, time, attributes }: ReadableSpan["events"][number]): FinishedEvent {
  return { name, timeNs: toNs(time), attributes: attributes ?? {} };
}

function toLink({ context, attributes }: Link): FinishedLink {
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    traceState: context.traceState?.serialize() ?? "",
    traceFlags: context.traceFlags,
    attributes: attributes ?? {},
  };
}

function toNs([seconds, nanoseconds]: HrTime): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}
