import { context, diag, propagation, trace } from "@opentelemetry/api";
import { readConfig, type Config, type InitOptions } from "./config.ts";
import { AsyncContextManager } from "./context/async-context-manager.ts";
import { readContextAttributes } from "./context/call-context.ts";
import { createPropagator } from "./context/propagators.ts";
import type { ExportError } from "./errors.ts";
import { createHttpSender } from "./export/http-sender.ts";
import { OtlpExporter, type ExportCounts } from "./export/otlp-exporter.ts";
import { SpanBatch } from "./export/span-batch.ts";
import { flushOnExit } from "./flush-on-exit.ts";
import { Hooks } from "./hooks/hooks.ts";
import { logCalls } from "./observers/call-log.ts";
import { createLatePricer } from "./observers/late-pricer.ts";
import { observeMetrics } from "./observers/otel-metrics.ts";
import { observeTraces, type TraceObserverOptions } from "./observers/otel-traces.ts";
import { createPrivacy } from "./privacy/privacy.ts";
import { currentRuntime, setRuntime, type Runtime } from "./runtime.ts";
import { watchAiSdk } from "./sources/ai-sdk/watch-ai-sdk.ts";
import { createClock, type Clock } from "./tracing/clock.ts";
import type { SpanSink } from "./tracing/finished-span.ts";
import { createResource } from "./tracing/resource.ts";
import { createTracerProvider, type SpanlightTracerProvider } from "./tracing/tracer-provider.ts";

/** The running SDK. */
export interface Spanlight {
  /** The nine lifecycle hooks of every instrumented client. */
  readonly hooks: Hooks;
  /** What became of the spans so far; zeros where the application's own provider exports them. */
  readonly counts: ExportCounts;
  /** Sends everything buffered; resolves at the latest after `timeoutMs` (default 5000). */
  forceFlush(timeoutMs?: number): Promise<void>;
  /** Flushes, stops, and gives the globals back. Later calls of the application pass through untouched. */
  shutdown(timeoutMs?: number): Promise<void>;
}

const defaultTimeoutMs = 5000;
const noCounts: ExportCounts = { exported: 0, dropped: 0, failed: 0, rejected: 0 };
const running = Symbol.for("@spanlight/sdk.running");
const holder = globalThis as { [running]?: Spanlight | undefined };

/**
 * Starts the SDK for this process. Called again while it runs, it returns the running one. Beside an existing OpenTelemetry
 * provider it adds its spans to that provider instead of replacing it.
 * @throws ConfigurationError when a setting cannot be used.
 */
export function init(options: InitOptions = {}): Spanlight {
  const existing = holder[running];
  if (existing !== undefined && currentRuntime() !== undefined) return existing;
  const config = readConfig(options);
  for (const warning of config.warnings) diag.warn(`spanlight: ${warning}`);
  const started = config.disabled ? createDisabled() : start(config);
  holder[running] = started;
  return started;
}

/** Flushes the running SDK; nothing where none runs. */
export async function forceFlush(timeoutMs: number = defaultTimeoutMs): Promise<void> {
  await holder[running]?.forceFlush(timeoutMs);
}

/** Stops the running SDK; nothing where none runs. */
export async function shutdown(timeoutMs: number = defaultTimeoutMs): Promise<void> {
  await holder[running]?.shutdown(timeoutMs);
}

function start(config: Config): Spanlight {
  const clock = createClock();
  const onFailure = createFailureReport();
  const hooks = new Hooks(onFailure);
  const exporter = hasGlobal("trace") || !config.exportTraces ? undefined : createExporter(config);
  const sinks: SpanSink[] = exporter === undefined ? [] : [exporter];
  const provider = hasGlobal("trace") ? undefined : createProvider(config, clock, sinks);
  const unregister = registerGlobals(config, provider);
  const pricer = createLatePricer(onFailure);
  const privacy = createPrivacy(config.privacy);
  const stopObserving = observe({ hooks, clock, config, provider, pricer, privacy });
  const runtime: Runtime = { config, clock, hooks, privacy, onFailure };
  setRuntime(runtime);
  const leaveAiSdk = watchAiSdk();

  const forceFlush = async (timeoutMs: number = defaultTimeoutMs): Promise<void> => {
    hooks.drain();
    await pricer.settle();
    await Promise.all(sinks.map((sink) => sink.forceFlush(timeoutMs)));
  };
  const stopFlushing = config.flushOnExit ? flushOnExit(forceFlush) : (): void => undefined;

  return {
    hooks,
    get counts(): ExportCounts {
      return exporter?.counts ?? noCounts;
    },
    forceFlush,
    async shutdown(timeoutMs: number = defaultTimeoutMs): Promise<void> {
      if (currentRuntime() === runtime) setRuntime(undefined);
      stopFlushing();
      leaveAiSdk();
      hooks.drain();
      stopObserving();
      await pricer.settle();
      unregister();
      await Promise.all(sinks.map((sink) => sink.shutdown(timeoutMs)));
    },
  };
}

/** Traces first: the others read the ids of the spans. */
function observe(options: TraceObserverOptions): () => void {
  const { config } = options;
  const { logger } = config;
  const stops = [observeTraces(options)];
  if (hasGlobal("metrics")) stops.push(observeMetrics(options));
  if (logger !== undefined) stops.push(logCalls({ ...options, logger, service: config.resource.service }));
  return () => {
    for (const stop of stops) stop();
  };
}

function createProvider(config: Config, clock: Clock, sinks: readonly SpanSink[]): SpanlightTracerProvider {
  const { sampler, limits } = config;
  return createTracerProvider({ clock, sampler, limits, sinks, contextAttributes: readContextAttributes });
}

function createDisabled(): Spanlight {
  const nothing = (): Promise<void> => Promise.resolve();
  return { hooks: new Hooks(), counts: noCounts, forceFlush: nothing, shutdown: nothing };
}

function createExporter(config: Config): OtlpExporter {
  return new OtlpExporter({
    sender: createHttpSender(config.traces),
    url: config.traces.url,
    batch: new SpanBatch(createResource(config.resource)),
    limits: config.batch,
    retry: config.retry,
    onError: config.onExportError ?? createExportReport(),
  });
}

/** Tells the first failed delivery on stderr, all of them to OpenTelemetry's diagnostic log. */
function createExportReport(): (error: ExportError) => void {
  let told = false;
  return (error) => {
    diag.error(error.message);
    if (told) return;
    told = true;
    process.emitWarning(error.message, { type: "SpanlightWarning", code: error.code });
  };
}

/** Counts failures inside the SDK by place; the first of each place is told. */
function createFailureReport(): Runtime["onFailure"] {
  const told = new Set<string>();
  return (error, where) => {
    if (told.has(where)) return;
    told.add(where);
    diag.error(`spanlight: ${where} failed and is skipped: ${String(error)}`);
  };
}

/** Registers what nobody else has; returns what takes exactly that away again. */
function registerGlobals(config: Config, provider: SpanlightTracerProvider | undefined): () => void {
  const undo: (() => void)[] = [];
  if (provider !== undefined && trace.setGlobalTracerProvider(provider)) undo.push(() => trace.disable());
  if (!hasGlobal("context") && context.setGlobalContextManager(new AsyncContextManager()))
    undo.push(() => context.disable());
  if (!hasGlobal("propagation") && propagation.setGlobalPropagator(createPropagator(config.propagators)))
    undo.push(() => propagation.disable());
  return () => {
    for (const step of undo) step();
  };
}

/** True when somebody registered this API in the process, with whatever copy of the package. */
function hasGlobal(name: "trace" | "context" | "propagation" | "metrics"): boolean {
  const apis = globalThis as { [key: symbol]: { readonly [name: string]: unknown } | undefined };
  return apis[Symbol.for("opentelemetry.js.api.1")]?.[name] !== undefined;
}
