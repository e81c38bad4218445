import { trace, type Attributes, type Context } from "@opentelemetry/api";
import type { SpanSink } from "./finished-span.ts";
import { toFinishedSpan, type ReadableSpan } from "./readable-span.ts";

type StartedSpan = ReadableSpan & { setAttributes(attributes: Attributes): unknown };

interface SpanProcessor {
  onStart(span: StartedSpan, parentContext: Context): void;
  onEnd(span: ReadableSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

export interface JoinOptions {
  readonly sinks: readonly SpanSink[];
  /** Attributes every span started in this context carries. */
  readonly contextAttributes: (context: Context) => Attributes;
  readonly onFailure: (error: unknown, where: string) => void;
}

const flushTimeoutMs = 5000;

/** The provider behind the API's own stand-in. */
export function findGlobalProvider(): object {
  const provider: object = trace.getTracerProvider();
  if (!("getDelegate" in provider) || typeof provider.getDelegate !== "function") return provider;
  const delegate: unknown = provider.getDelegate();
  return typeof delegate === "object" && delegate !== null ? delegate : provider;
}

/**
 * Adds a processor to a tracer provider of OpenTelemetry's SDK, which NodeSDK and Sentry have, so that its spans reach our
 * destinations beside its own. Returns what takes it away again; undefined where the provider takes none.
 */
export function joinProvider(provider: object, options: JoinOptions): (() => void) | undefined {
  const processor = createProcessor(options);
  let active = true;
  const gated: SpanProcessor = {
    ...processor,
    onStart: (span, parentContext) => active && processor.onStart(span, parentContext),
    onEnd: (span) => active && processor.onEnd(span),
  };
  const processors = findProcessors(provider);
  if (processors !== undefined) {
    processors.push(gated);
    return () => {
      const index = processors.indexOf(gated);
      if (index >= 0) processors.splice(index, 1);
    };
  }
  if (!("addSpanProcessor" in provider) || typeof provider.addSpanProcessor !== "function") return undefined;
  Reflect.apply(provider.addSpanProcessor, provider, [gated]);
  return () => {
    active = false;
  };
}

/** Whether a provider sends OTLP by itself, most likely to where we would send too. */
export function hasOtlpExporter(provider: object): boolean {
  return (findProcessors(provider) ?? []).some((processor) => {
    const exporter = readField(processor, "_exporter") ?? readField(processor, "exporter");
    const maker = typeof exporter === "object" && exporter !== null ? exporter.constructor.name : "";
    return maker.includes("OTLP");
  });
}

/** The list a provider's spans are handed to; it is not public, but the same in versions 2 and 3. */
function findProcessors(provider: object): unknown[] | undefined {
  const found = readField(readField(provider, "_activeSpanProcessor"), "_spanProcessors");
  return Array.isArray(found) ? found : undefined;
}

function readField(target: unknown, name: string): unknown {
  return typeof target === "object" && target !== null
    ? (target as Record<string, unknown>)[name]
    : undefined;
}

function createProcessor({ sinks, contextAttributes, onFailure }: JoinOptions): SpanProcessor {
  const starters = sinks.filter((sink) => "onStart" in sink);
  const guard =
    <Args extends unknown[]>(step: (...args: Args) => void) =>
    (...args: Args): void => {
      try {
        step(...args);
      } catch (error) {
        onFailure(error, "spans of the application's provider");
      }
    };
  const flush = async (): Promise<void> => {
    await Promise.all(sinks.map((sink) => sink.forceFlush(flushTimeoutMs)));
  };
  return {
    onStart: guard((span: StartedSpan, parentContext: Context) => {
      span.setAttributes(contextAttributes(parentContext));
      if (starters.length === 0 || !isSampled(span)) return;
      const started = toFinishedSpan(span);
      for (const sink of starters) sink.onStart?.({ ...started, endNs: started.startNs });
    }),
    onEnd: guard((span: ReadableSpan) => {
      if (!isSampled(span)) return;
      const finished = toFinishedSpan(span);
      for (const sink of sinks) sink.onEnd(finished);
    }),
    forceFlush: flush,
    // The provider's end is not ours: shutdown() of the SDK closes the destinations.
    shutdown: flush,
  };
}

/** Processors see spans that are recorded but not sampled, too. */
function isSampled(span: ReadableSpan): boolean {
  return (span.spanContext().traceFlags & 1) === 1;
}
