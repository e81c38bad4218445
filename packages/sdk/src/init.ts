import { context, diag, propagation, trace } from "@opentelemetry/api";
import { readConfig, type Config, type InitOptions } from "./config.ts";
import { AsyncContextManager } from "./context/async-context-manager.ts";
import { createPropagator } from "./context/propagators.ts";
import { openDestinations, type DestinationStatus, type Outlets } from "./destinations/open-destinations.ts";
import type { ExportError } from "./errors.ts";
import type { ExportCounts } from "./export/otlp-exporter.ts";
import { flushOnExit } from "./flush-on-exit.ts";
import { Hooks } from "./hooks/hooks.ts";
import { createLatePricer } from "./observers/late-pricer.ts";
import { startObservers, type Observers } from "./observers/start-observers.ts";
import { createPrivacy } from "./privacy/privacy.ts";
import { currentRuntime, setRuntime, type Runtime } from "./runtime.ts";
import { dropOpenStreams } from "./sources/idle-streams.ts";
import { watchAiSdk } from "./sources/ai-sdk/watch-ai-sdk.ts";
import { createClock } from "./tracing/clock.ts";
import { hasGlobal, readGlobal } from "./tracing/has-global.ts";
import { findGlobalProvider } from "./tracing/join-provider.ts";
import { registerUntilReplaced } from "./tracing/register-global.ts";
import { createResource } from "./tracing/resource.ts";
import { Standing } from "./tracing/standing.ts";

/** The running SDK. */
export interface Spanlight {
  /** The nine lifecycle hooks of every instrumented client. */
  readonly hooks: Hooks;
  /** What became of the spans so far, over all destinations; zeros where the application's own provider exports them. */
  readonly counts: ExportCounts;
  /** What became of each signal at each destination. */
  readonly destinations: readonly DestinationStatus[];
  /** Sends everything buffered; resolves at the latest after `timeoutMs` (default 5000). */
  forceFlush(timeoutMs?: number): Promise<void>;
  /** Flushes, stops, and gives the globals back. Later calls of the application pass through untouched. */
  shutdown(timeoutMs?: number): Promise<void>;
}

const defaultTimeoutMs = 5000;
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
  for (const warning of config.warnings) process.emitWarning(warning, { type: "SpanlightWarning" });
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
  const hooks = new Hooks({ onFailure, deadlineMs: config.interceptorDeadlineMs });
  const outlets = openOutlets(config, onFailure);
  const standing = new Standing({ config, clock, outlets, onFailure });
  const unregister = registerGlobals(config, standing);
  const pricer = createLatePricer(onFailure);
  const privacy = createPrivacy(config.privacy);
  const observers = startObservers({ hooks, clock, config, standing, pricer, privacy }, outlets);
  const { log } = observers;
  const runtime: Runtime = { config, clock, hooks, privacy, standing, outlets, log, onFailure };
  setRuntime(runtime);
  const leaveAiSdk = watchAiSdk();
  return createHandle(runtime, observers, {
    settle: () => pricer.settle(),
    leave() {
      leaveAiSdk();
      observers.stop();
    },
    release() {
      observers.close();
      standing.leave();
      unregister();
    },
  });
}

/** What a running SDK does at its end, in this order. */
interface Ending {
  /** Resolves when no call waits to be observed any more. */
  settle(): Promise<void>;
  /** Takes no new calls. */
  leave(): void;
  /** Gives back what belongs to the process. */
  release(): void;
}

function createHandle(runtime: Runtime, observers: Observers, ending: Ending): Spanlight {
  const { hooks, outlets, config } = runtime;
  const settle = async (): Promise<void> => {
    hooks.drain();
    await ending.settle();
    observers.flush();
  };
  const forceFlush = async (timeoutMs: number = defaultTimeoutMs): Promise<void> => {
    await settle();
    await outlets.forceFlush(timeoutMs);
  };
  const endFlush = (timeoutMs: number): Promise<void> => {
    dropOpenStreams();
    return forceFlush(timeoutMs);
  };
  const stopFlushing = config.flushOnExit ? flushOnExit({ flush: forceFlush, end: endFlush }) : nothing;
  return {
    hooks,
    get counts(): ExportCounts {
      return outlets.spanCounts();
    },
    get destinations(): readonly DestinationStatus[] {
      return outlets.statuses();
    },
    forceFlush,
    async shutdown(timeoutMs: number = defaultTimeoutMs): Promise<void> {
      dropOpenStreams();
      if (currentRuntime() === runtime) setRuntime(undefined);
      stopFlushing();
      hooks.drain();
      ending.leave();
      await settle();
      ending.release();
      await outlets.shutdown(timeoutMs);
    },
  };
}

function openOutlets(config: Config, onFailure: Runtime["onFailure"]): Outlets {
  const { destinations, batch, retry, exportTraces, logLimits } = config;
  const resource = createResource(config.resource);
  const onError = config.onExportError ?? createExportReport();
  return openDestinations({
    destinations,
    resource,
    batch,
    retry,
    exportTraces,
    logLimits,
    onError,
    onFailure,
  });
}

function nothing(): void {
  // What there is to undo where nothing was done.
}

function createDisabled(): Spanlight {
  const resolved = (): Promise<void> => Promise.resolve();
  return {
    hooks: new Hooks(),
    counts: { exported: 0, dropped: 0, failed: 0, rejected: 0 },
    destinations: [],
    forceFlush: resolved,
    shutdown: resolved,
  };
}

/** Tells the first failed delivery to each destination on stderr, all of them to OpenTelemetry's diagnostic log. */
function createExportReport(): (error: ExportError) => void {
  const told = new Set<string>();
  return (error) => {
    diag.error(error.message);
    if (told.has(error.destination)) return;
    told.add(error.destination);
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

/** Registers what nobody else has, until somebody does; returns what takes exactly that away again. */
function registerGlobals(config: Config, standing: Standing): () => void {
  const undo: (() => void)[] = [];
  const { provider } = standing;
  if (provider !== undefined && !hasGlobal("trace")) {
    const holds = (given: object): boolean => findGlobalProvider() === given;
    const place = { api: trace, setter: "setGlobalTracerProvider", holds };
    undo.push(registerUntilReplaced(place, provider, () => standing.giveWay()));
  }
  if (!hasGlobal("context")) {
    const holds = (given: object): boolean => readGlobal("context") === given;
    const place = { api: context, setter: "setGlobalContextManager", holds };
    undo.push(registerUntilReplaced(place, new AsyncContextManager()));
  }
  if (!hasGlobal("propagation")) {
    const holds = (given: object): boolean => readGlobal("propagation") === given;
    const place = { api: propagation, setter: "setGlobalPropagator", holds };
    undo.push(registerUntilReplaced(place, createPropagator(config.propagators)));
  }
  return () => {
    for (const step of undo) step();
  };
}
