import {
  context as contextApi,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanContext,
  type SpanOptions,
  type Tracer,
} from "@opentelemetry/api";
import type { Sampler } from "./sampler.ts";
import type { SpanlightTracerProvider } from "./tracer-provider.ts";

/**
 * Our provider beside one that is registered and takes no span processor. Spans of ours stand in the traces of the other, with its
 * ids, but whether they are kept is our sampler's word: the other may keep one trace in five, or none.
 */
export function isolateProvider(inner: SpanlightTracerProvider, sampler: Sampler): SpanlightTracerProvider {
  const own = new WeakSet<SpanContext>();

  function remember(span: Span): Span {
    own.add(span.spanContext());
    return span;
  }

  /** The context with what our sampler says of a trace in place of what the other provider decided. */
  function decide(active: Context): Context {
    const parent = trace.getSpanContext(active);
    if (parent === undefined || parent.isRemote === true || own.has(parent)) return active;
    const kept = sampler({ traceId: parent.traceId, parent: "none" });
    const traceFlags = kept ? TraceFlags.SAMPLED : TraceFlags.NONE;
    return trace.setSpanContext(active, { ...parent, traceFlags });
  }

  function createTracer(tracer: Tracer): Tracer {
    const startSpan = (name: string, options: SpanOptions | undefined, active: Context): Span =>
      remember(tracer.startSpan(name, options, decide(active)));
    // The API gives startActiveSpan three overloads: the callback is the last argument of each.
    const startActiveSpan = (name: string, ...rest: readonly unknown[]): unknown => {
      const callback = rest.at(-1) as (span: Span) => unknown;
      const options = (rest.length > 1 ? rest[0] : undefined) as SpanOptions | undefined;
      const parent = ((rest.length > 2 ? rest[1] : undefined) as Context | undefined) ?? contextApi.active();
      const span = startSpan(name, options, parent);
      return contextApi.with(trace.setSpan(parent, span), callback, undefined, span);
    };
    return {
      startSpan: (name, options, active) => startSpan(name, options, active ?? contextApi.active()),
      startActiveSpan: startActiveSpan as Tracer["startActiveSpan"],
    };
  }

  return {
    getTracer: (name, version) => createTracer(inner.getTracer(name, version)),
    giveWayTo: (successor) => inner.giveWayTo(successor),
    addCompleted(span) {
      const completed = inner.addCompleted({ ...span, parentContext: decide(span.parentContext) });
      if (completed !== undefined) own.add(completed);
      return completed;
    },
  };
}
