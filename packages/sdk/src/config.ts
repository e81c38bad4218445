import type { Destination, DestinationPreset } from "./destinations/destination.ts";
import { readBoolean, readChoice, readList, readNumber, readPairs, type Environment } from "./environment.ts";
import type { ExportError } from "./errors.ts";
import type { BatchLimits, RetryLimits } from "./export/otlp-exporter.ts";
import type { HttpTarget } from "./export/http-sender.ts";
import { namesOtlpTarget, readOtlpTarget } from "./export/read-otlp-target.ts";
import type { Temporality } from "./metrics/metric.ts";
import type { MetricLabel } from "./metrics/context-labels.ts";
import { stdoutDebugLogger, stdoutLogger, type CallLogger } from "./observers/call-log.ts";
import { maskNames, type MaskName } from "./privacy/patterns.ts";
import type { PrivacyOptions } from "./privacy/privacy.ts";
import type { ResourceInput } from "./tracing/resource.ts";
import { createSampler, type Sampler } from "./tracing/sampler.ts";
import type { AttributeLimits, SpanLimits } from "./tracing/limits.ts";
import { readAttributeLimits, readSpanLimits } from "./tracing/read-limits.ts";

/** What `init()` takes. Everything left out comes from `OTEL_*` and `SPANLIGHT_*` variables; what is given here wins. */
export interface InitOptions {
  /** Name of the service; else `OTEL_SERVICE_NAME`, else `unknown_service:node`. */
  readonly service?: string;
  readonly version?: string;
  readonly environment?: string;
  readonly resource?: Readonly<Record<string, string>>;
  /** Base URL of the OTLP server; `/v1/traces` is appended. Default http://localhost:4318. */
  readonly endpoint?: string;
  /** Sent as `Authorization: Bearer …`; else `SPANLIGHT_API_KEY`. */
  readonly apiKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Where else to send to: presets of `@spanlight/sdk/destinations`. With a list the default endpoint, http://localhost:4318, is not
   * used any more; one that is named here or in the environment still is.
   */
  readonly destinations?: readonly DestinationPreset[];
  /**
   * Push the metrics of model calls by OTLP every `OTEL_METRIC_EXPORT_INTERVAL` (60 seconds). Default false, or
   * `OTEL_METRICS_EXPORTER=otlp`: Spanlight derives the same series from the spans.
   */
  readonly exportMetrics?: boolean;
  /**
   * What of the context becomes a label of the metrics: `endpoint` (the default), `tenantId`, `promptName`, `promptVersion`, `release`,
   * or `metadata.<key>`. A label takes 100 values, then `other`; users and sessions are none.
   */
  readonly metricLabels?: readonly MetricLabel[];
  /** Send one log record per model call by OTLP. Default false, or `OTEL_LOGS_EXPORTER=otlp`. Scores are sent in any case. */
  readonly exportLogs?: boolean;
  /**
   * Where the application has a tracer provider of its own: `true` sends its spans and ours to our destinations beside its own,
   * as far as its sampler keeps them; `"isolated"` makes our spans apart from it, in its traces, so that all of them reach our
   * destinations and none its own; `false` leaves them to it. Default: `true`, unless that provider has an OTLP exporter and nobody
   * named a destination of ours; `"isolated"` where it takes no span processor.
   */
  readonly exportBesideProvider?: boolean | "isolated";
  /** Record messages, tool arguments and results. Off by default; else `SPANLIGHT_CAPTURE_CONTENT`. */
  readonly captureContent?: boolean;
  /**
   * What is masked in content and error messages before it leaves the process: `true` for all built-in patterns, some of them by
   * name, a function of your own (the key-like secrets are masked too), or `false`. Default `["secret"]`; else `SPANLIGHT_MASK`
   * (`all`, `none`, or names).
   */
  readonly mask?: boolean | readonly MaskName[] | ((text: string) => string);
  /** Longest content attribute in characters; what is longer is cut and marked. Default 262144; else `SPANLIGHT_MAX_CONTENT_LENGTH`. */
  readonly maxContentLength?: number;
  /** Ask OpenAI-compatible providers for token usage on streams. Default true; else `SPANLIGHT_STREAM_USAGE`. */
  readonly requestStreamUsage?: boolean;
  /** Make each model call the active span while it runs. Costs more than all the rest on Node 22 and older; default false. */
  readonly activateLeaf?: boolean;
  /**
   * One log line per model call, to a logger like pino, or with `true` as JSON to stdout; else `SPANLIGHT_LOG_CALLS` (`true`, or
   * `debug` for the content of calls that record it as well). Default off.
   */
  readonly logger?: CallLogger | boolean;
  /** Called for every batch that could not be delivered. */
  readonly onExportError?: (error: ExportError) => void;
  /**
   * How long `beforeToolExecute`, `afterToolExecute` and `beforeStep` may take, in milliseconds; what they say later is not heard.
   * 0 waits for ever. Default 5000; else `SPANLIGHT_INTERCEPTOR_DEADLINE`.
   */
  readonly interceptorDeadlineMs?: number;
  /** Flush on `beforeExit` and on SIGTERM. Default true. */
  readonly flushOnExit?: boolean;
}

/** On spans, in events of their own (`gen_ai.client.inference.operation.details`), or both. */
export type ContentPlace = "span" | "event" | "both";

/** Everything the SDK was told, checked and complete. */
export interface Config {
  readonly disabled: boolean;
  readonly resource: ResourceInput;
  readonly traces: HttpTarget;
  readonly destinations: readonly Destination[];
  readonly exportTraces: boolean;
  readonly exportMetrics: boolean;
  readonly metricIntervalMs: number;
  readonly metricLabels: readonly MetricLabel[];
  readonly exportLogs: boolean;
  readonly exportBesideProvider: boolean | "isolated" | undefined;
  /** Whether the application said where our spans go, so that it wants them there beside any other provider. */
  readonly namesDestination: boolean;
  readonly batch: BatchLimits;
  readonly retry: RetryLimits;
  readonly limits: SpanLimits;
  readonly logLimits: AttributeLimits;
  readonly sampler: Sampler;
  readonly propagators: readonly string[];
  readonly captureContent: boolean;
  /** Where the content of model calls goes; that of tools and searches goes on spans alone. */
  readonly contentPlace: ContentPlace;
  readonly privacy: PrivacyOptions;
  readonly requestStreamUsage: boolean;
  readonly activateLeaf: boolean;
  readonly latestConventions: "off" | "only" | "both";
  readonly interceptorDeadlineMs: number;
  readonly flushOnExit: boolean;
  readonly logger: CallLogger | undefined;
  readonly onExportError: ((error: ExportError) => void) | undefined;
  /** Settings that were ignored, one sentence each. */
  readonly warnings: readonly string[];
}

/** Reads options and environment into one checked configuration; only this file and `environment.ts` see the environment. */
export function readConfig(options: InitOptions = {}, environment: Environment = process.env): Config {
  const warnings: string[] = [];
  const warn = (sentence: string): void => {
    // Three signals read the same variables.
    if (!warnings.includes(sentence)) warnings.push(sentence);
  };
  const resource = readResource(options, environment);
  const traces = readOtlpTarget("traces", options, environment, warn);
  const limits = readSpanLimits(environment, warn);
  return {
    disabled: readBoolean(environment, "OTEL_SDK_DISABLED") ?? false,
    resource,
    traces,
    destinations: readDestinations({ options, environment, warn, resource, traces }),
    ...readSignals(options, environment, warn),
    batch: readBatch(environment, warn),
    retry: { initialDelayMs: 1000, maxDelayMs: 16_000, maxAttempts: 6 },
    limits,
    logLimits: readAttributeLimits("LOGRECORD", environment, warn),
    sampler: readSampler(environment, warn),
    propagators: readList(environment, "OTEL_PROPAGATORS") ?? ["tracecontext", "baggage"],
    captureContent: options.captureContent ?? readCapture(environment),
    contentPlace: readContentPlace(environment),
    privacy: readPrivacy(options, { environment, warn, limits }),
    requestStreamUsage:
      options.requestStreamUsage ?? readBoolean(environment, "SPANLIGHT_STREAM_USAGE") ?? true,
    activateLeaf: options.activateLeaf ?? false,
    latestConventions: readOptIn(environment),
    interceptorDeadlineMs:
      options.interceptorDeadlineMs ??
      readNumber(environment, "SPANLIGHT_INTERCEPTOR_DEADLINE", warn) ??
      5000,
    flushOnExit: options.flushOnExit ?? true,
    logger: readLogger(options, environment),
    onExportError: options.onExportError,
    warnings,
  };
}

type Warn = (sentence: string) => void;

function readResource(options: InitOptions, environment: Environment): ResourceInput {
  const attributes = { ...readPairs(environment, "OTEL_RESOURCE_ATTRIBUTES"), ...options.resource };
  const service =
    options.service ??
    environment["OTEL_SERVICE_NAME"] ??
    attributes["service.name"] ??
    "unknown_service:node";
  return { service, version: options.version, environment: options.environment, attributes };
}

type SignalConfig = Pick<
  Config,
  | "exportTraces"
  | "exportMetrics"
  | "metricIntervalMs"
  | "metricLabels"
  | "exportLogs"
  | "exportBesideProvider"
  | "namesDestination"
>;

function readSignals(options: InitOptions, environment: Environment, warn: Warn): SignalConfig {
  const { endpoint, apiKey, destinations = [] } = options;
  return {
    exportTraces: readExporter(environment, warn),
    exportMetrics: options.exportMetrics ?? environment["OTEL_METRICS_EXPORTER"] === "otlp",
    metricIntervalMs: readNumber(environment, "OTEL_METRIC_EXPORT_INTERVAL", warn) ?? 60_000,
    metricLabels: options.metricLabels ?? ["endpoint"],
    exportLogs: options.exportLogs ?? environment["OTEL_LOGS_EXPORTER"] === "otlp",
    exportBesideProvider: options.exportBesideProvider ?? readBeside(environment),
    namesDestination: endpoint !== undefined || apiKey !== undefined || destinations.length > 0,
  };
}

function readBeside(environment: Environment): boolean | "isolated" | undefined {
  const name = "SPANLIGHT_EXPORT_BESIDE_PROVIDER";
  return environment[name]?.trim().toLowerCase() === "isolated" ? "isolated" : readBoolean(environment, name);
}

interface DestinationInput {
  readonly options: InitOptions;
  readonly environment: Environment;
  readonly warn: Warn;
  readonly resource: ResourceInput;
  readonly traces: HttpTarget;
}

/** The OTLP server of the standard variables, where it is meant, and what the presets make of the environment. */
function readDestinations({ options, environment, warn, resource, traces }: DestinationInput): Destination[] {
  const presets = options.destinations ?? [];
  const destinations: Destination[] = [];
  if (presets.length === 0 || namesOtlpTarget(options, environment)) {
    const noMetrics = environment["OTEL_METRICS_EXPORTER"] === "none";
    const noLogs = environment["OTEL_LOGS_EXPORTER"] === "none";
    destinations.push({
      name: "otlp",
      traces,
      metrics: noMetrics ? undefined : readOtlpTarget("metrics", options, environment, warn),
      logs: noLogs ? undefined : readOtlpTarget("logs", options, environment, warn),
      temporality: readTemporality(environment),
    });
  }
  const { timeoutMs, compression } = traces;
  for (const preset of presets) {
    try {
      destinations.push(preset.resolve({ environment, service: resource.service, timeoutMs, compression }));
    } catch (error) {
      // One that is not complete must not take the others, or the application, with it.
      warn(`${error instanceof Error ? error.message : String(error)}; nothing is sent there`);
    }
  }
  return destinations;
}

function readTemporality(environment: Environment): Temporality {
  const chosen = environment["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"]?.toLowerCase();
  return chosen === "delta" || chosen === "lowmemory" ? "delta" : "cumulative";
}

function readExporter(environment: Environment, warn: Warn): boolean {
  const exporter = environment["OTEL_TRACES_EXPORTER"] ?? "otlp";
  if (exporter !== "otlp" && exporter !== "none")
    warn(`OTEL_TRACES_EXPORTER=${exporter} is not supported: otlp is used instead`);
  return exporter !== "none";
}

function readBatch(environment: Environment, warn: Warn): BatchLimits {
  return {
    maxQueueSize: readNumber(environment, "OTEL_BSP_MAX_QUEUE_SIZE", warn) ?? 2048,
    maxBatchSize: readNumber(environment, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", warn) ?? 512,
    scheduleDelayMs: readNumber(environment, "OTEL_BSP_SCHEDULE_DELAY", warn) ?? 1000,
  };
}

function readSampler(environment: Environment, warn: Warn): Sampler {
  const name = environment["OTEL_TRACES_SAMPLER"] ?? "parentbased_always_on";
  const share = readNumber(environment, "OTEL_TRACES_SAMPLER_ARG", warn) ?? 1;
  const sampler = createSampler(name, share);
  if (sampler !== null) return sampler;
  warn(`OTEL_TRACES_SAMPLER=${name} is not known: parentbased_always_on is used instead`);
  return () => true;
}

function readLogger({ logger }: InitOptions, environment: Environment): CallLogger | undefined {
  if (typeof logger === "object") return logger;
  const wanted = environment["SPANLIGHT_LOG_CALLS"]?.trim().toLowerCase();
  if (wanted === "debug" && logger !== false) return stdoutDebugLogger;
  return (logger ?? readBoolean(environment, "SPANLIGHT_LOG_CALLS")) === true ? stdoutLogger : undefined;
}

interface PrivacyInput {
  readonly environment: Environment;
  readonly warn: Warn;
  readonly limits: SpanLimits;
}

function readPrivacy(options: InitOptions, { environment, warn, limits }: PrivacyInput): PrivacyOptions {
  const { mask, maxContentLength } = options;
  const wanted = maxContentLength ?? readNumber(environment, "SPANLIGHT_MAX_CONTENT_LENGTH", warn) ?? 262_144;
  // Cut here, content stays JSON; cut by the limit of attributes it would not.
  const maxLength = Math.min(wanted, limits.valueLength);
  if (typeof mask === "function") return { masks: ["secret"], custom: mask, maxLength };
  if (typeof mask === "boolean") return { masks: mask ? maskNames : [], custom: undefined, maxLength };
  return { masks: mask ?? readMasks(environment, warn), custom: undefined, maxLength };
}

function readMasks(environment: Environment, warn: Warn): readonly MaskName[] {
  const names = readList(environment, "SPANLIGHT_MASK") ?? ["secret"];
  if (names.includes("all")) return maskNames;
  const known = maskNames.filter((name) => names.includes(name));
  const unknown = names.filter((name) => name !== "none" && !maskNames.some((other) => other === name));
  if (unknown.length > 0)
    warn(`SPANLIGHT_MASK names no mask with ${unknown.join(", ")}: known are ${maskNames.join(", ")}`);
  return known;
}

function readCapture(environment: Environment): boolean {
  const own = readBoolean(environment, "SPANLIGHT_CAPTURE_CONTENT");
  if (own !== undefined) return own;
  const places = ["TRUE", "SPAN_ONLY", "EVENT_ONLY", "SPAN_AND_EVENT"];
  return places.includes(readStandardCapture(environment));
}

function readContentPlace(environment: Environment): ContentPlace {
  const standard = readStandardCapture(environment);
  if (standard === "EVENT_ONLY") return "event";
  return standard === "SPAN_AND_EVENT" ? "both" : "span";
}

function readStandardCapture(environment: Environment): string {
  return environment["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"]?.trim().toUpperCase() ?? "";
}

function readOptIn(environment: Environment): Config["latestConventions"] {
  const chosen = readChoice(environment, "OTEL_SEMCONV_STABILITY_OPT_IN", [
    "gen_ai_latest_experimental/dup",
    "gen_ai_latest_experimental",
  ]);
  if (chosen === undefined) return "off";
  return chosen.endsWith("/dup") ? "both" : "only";
}
