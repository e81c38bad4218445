import {
  context as contextApi,
  SpanKind,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
  type SpanOptions,
  type Tracer,
  type TracerProvider,
} from "@opentelemetry/api";
import type { Clock } from "./clock.ts";
import { DescribedSpan, type CompletedSpan } from "./described-span.ts";
import type { FinishedSpan, Scope, SpanSink } from "./finished-span.ts";
import { createSpanId, createTraceId } from "./ids.ts";
import type { SpanLimits } from "./limits.ts";
import type { Sampler } from "./sampler.ts";
import { RecordingSpan } from "./span.ts";

const suppressTracingKey = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");

export interface TracerProviderOptions {
  readonly clock: Clock;
  readonly sampler: Sampler;
  readonly limits: SpanLimits;
  readonly sinks: readonly SpanSink[];
  /** Attributes every span started in this context carries. */
  readonly contextAttributes: (context: Context) => Attributes;
}

/** The OpenTelemetry API's tracer provider, without the SDK behind it. */
export interface SpanlightTracerProvider extends TracerProvider {
  /** Samples, names and hands on a span that is over. Returns its context, or undefined when sampled out. */
  addCompleted(span: CompletedSpan): SpanContext | undefined;
  /** Makes no more spans of its own: whoever has one of its tracers gets the successor's spans by it. */
  giveWayTo(successor: TracerProvider): void;
}

export function createTracerProvider(options: TracerProviderOptions): SpanlightTracerProvider {
  const handOn = (span: FinishedSpan): void => {
    for (const sink of options.sinks) sink.onEnd(span);
  };
  const starters = options.sinks.filter((sink) => "onStart" in sink);
  const host = { clock: options.clock, limits: options.limits, onEnd: handOn };
  const tracers = new Map<string, Tracer>();
  let successor: TracerProvider | undefined;

  function startSpan(scope: Scope, name: string, spanOptions: SpanOptions, active: Context): Span {
    if (successor !== undefined)
      return successor.getTracer(scope.name, scope.version).startSpan(name, spanOptions, active);
    const identity = identify(options.sampler, active, spanOptions.root === true);
    if (!identity.sampled || active.getValue(suppressTracingKey) === true)
      return trace.wrapSpanContext(identity.context);
    const inherited = options.contextAttributes(active);
    const span = new RecordingSpan(
      {
        scope,
        context: identity.context,
        parent: identity.parent,
        name,
        kind: spanOptions.kind ?? SpanKind.INTERNAL,
        attributes: { ...inherited, ...spanOptions.attributes },
        links: spanOptions.links ?? [],
        startTime: spanOptions.startTime,
      },
      host,
    );
    if (starters.length > 0) for (const sink of starters) sink.onStart?.(span.describeStart());
    return span;
  }

  return {
    getTracer(name: string, version = ""): Tracer {
      const key = `${name}@${version}`;
      let tracer = tracers.get(key);
      if (tracer === undefined) {
        tracer = createTracer({ name, version }, startSpan);
        tracers.set(key, tracer);
      }
      return tracer;
    },
    giveWayTo(other: TracerProvider): void {
      successor = other;
    },
    addCompleted: (span: CompletedSpan): SpanContext | undefined => complete(options, span, handOn),
  };
}

/** Samples, names and hands on a span that is over. */
function complete(
  { sampler, sinks, limits }: TracerProviderOptions,
  span: CompletedSpan,
  handOn: (span: FinishedSpan) => void,
): SpanContext | undefined {
  const { context, parent, sampled } = identify(sampler, span.parentContext, false);
  if (!sampled) return undefined;
  const described = new DescribedSpan(span, { context, parent, limits });
  if (sinks.length > 1) described.collect();
  handOn(described);
  return context;
}

interface Identity {
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  readonly sampled: boolean;
}

function identify(sampler: Sampler, active: Context, root: boolean): Identity {
  const found = root ? undefined : trace.getSpanContext(active);
  const parent = found !== undefined && trace.isSpanContextValid(found) ? found : undefined;
  const traceId = parent?.traceId ?? createTraceId();
  const decision =
    parent === undefined ? "none" : (parent.traceFlags & TraceFlags.SAMPLED) !== 0 ? "sampled" : "dropped";
  const sampled = sampler({ traceId, parent: decision });
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const context: SpanContext = { traceId, spanId: createSpanId(), traceFlags };
  if (parent?.traceState !== undefined) context.traceState = parent.traceState;
  return { context, parent, sampled };
}

type StartSpan = (scope: Scope, name: string, options: SpanOptions, active: Context) => Span;

function createTracer(scope: Scope, startSpan: StartSpan): Tracer {
  // The API gives startActiveSpan three overloads: the callback is the last argument of each.
  const startActiveSpan = (name: string, ...rest: readonly unknown[]): unknown => {
    const callback = rest.at(-1) as (span: Span) => unknown;
    const options = (rest.length > 1 ? rest[0] : undefined) as SpanOptions | undefined;
    const active = (rest.length > 2 ? rest[1] : undefined) as Context | undefined;
    const parent = active ?? contextApi.active();
    const span = startSpan(scope, name, options ?? {}, parent);
    return contextApi.with(trace.setSpan(parent, span), callback, undefined, span);
  };
  return {
    startSpan: (name: string, options?: SpanOptions, active?: Context): Span =>
      startSpan(scope, name, options ?? {}, active ?? contextApi.active()),
    startActiveSpan: startActiveSpan as Tracer["startActiveSpan"],
  };
}
