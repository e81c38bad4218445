import { context, trace, type Context, type TracerProvider } from "@opentelemetry/api";
import type { Config } from "./config.ts";
import { readCaptureContent } from "./context/call-context.ts";
import type { Outlets } from "./destinations/open-destinations.ts";
import type { Hooks } from "./hooks/hooks.ts";
import type { AppLog } from "./observers/app-log.ts";
import type { Privacy } from "./privacy/privacy.ts";
import type { Clock } from "./tracing/clock.ts";
import { sdkVersion } from "./tracing/resource.ts";
import type { SpanlightTracerProvider } from "./tracing/tracer-provider.ts";

/** What sources and the tracing API need of the running SDK. */
export interface Runtime {
  readonly config: Config;
  readonly clock: Clock;
  readonly hooks: Hooks;
  readonly privacy: Privacy;
  readonly standing: {
    /**
     * Whose tracer provider makes the spans: ours, which the API serves; the application's, with our destinations beside its own; ours
     * beside one that takes no processor; or the application's alone.
     */
    readonly tracing: "own" | "joined" | "beside" | "foreign";
    /** Our provider, where spans are its. */
    readonly provider: SpanlightTracerProvider | undefined;
  };
  /** Where log records and scores go; spans find their way by the tracer provider. */
  readonly outlets: Outlets;
  /** The log of the SDK; undefined where nobody wants lines. */
  readonly log: AppLog | undefined;
  /** Counts a failure inside the SDK and reports the first of its kind. */
  readonly onFailure: (error: unknown, where: string) => void;
}

// Two copies of this package in one process (one per dependant, or CJS beside ESM) share one runtime.
const slot = Symbol.for("@spanlight/sdk.runtime");
const holder = globalThis as { [slot]?: Runtime | undefined };

/** The running SDK; undefined before `init()` and after `shutdown()`. */
export function currentRuntime(): Runtime | undefined {
  return holder[slot];
}

export function setRuntime(runtime: Runtime | undefined): void {
  holder[slot] = runtime;
}

/** Whether what happens in this context records its content, on its span or elsewhere. */
export function recordsContent(runtime: Runtime, active: Context): boolean {
  return readCaptureContent(active) ?? runtime.config.captureContent;
}

/** Whether spans made in this context carry content. */
export function capturesContent(runtime: Runtime, active: Context): boolean {
  return runtime.config.contentPlace !== "event" && recordsContent(runtime, active);
}

/** The tracer for the SDK's own spans: of the application's provider, or of ours. */
export function tracerOf(): ReturnType<typeof trace.getTracer> {
  const provider: TracerProvider = currentRuntime()?.standing.provider ?? trace.getTracerProvider();
  return provider.getTracer("@spanlight/sdk", sdkVersion);
}

/** The active context, read once per call. */
export function activeContext(): Context {
  return context.active();
}
