import { readFileSync } from "node:fs";
import { readBoolean, readChoice, readList, readNumber, readPairs, type Environment } from "./environment.ts";
import { ConfigurationError, type ExportError } from "./errors.ts";
import type { BatchLimits, RetryLimits } from "./export/otlp-exporter.ts";
import type { HttpTarget } from "./export/http-sender.ts";
import { stdoutLogger, type CallLogger } from "./observers/call-log.ts";
import { maskNames, type MaskName } from "./privacy/patterns.ts";
import type { PrivacyOptions } from "./privacy/privacy.ts";
import type { ResourceInput } from "./tracing/resource.ts";
import { createSampler, type Sampler } from "./tracing/sampler.ts";
import type { SpanLimits } from "./tracing/span.ts";

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
  /** One log line per model call, to a logger like pino, or with `true` as JSON to stdout; else `SPANLIGHT_LOG_CALLS`. Default off. */
  readonly logger?: CallLogger | boolean;
  /** Called for every batch that could not be delivered. */
  readonly onExportError?: (error: ExportError) => void;
  /** Flush on `beforeExit` and on SIGTERM. Default true. */
  readonly flushOnExit?: boolean;
}

/** Everything the SDK was told, checked and complete. */
export interface Config {
  readonly disabled: boolean;
  readonly resource: ResourceInput;
  readonly traces: HttpTarget;
  readonly exportTraces: boolean;
  readonly batch: BatchLimits;
  readonly retry: RetryLimits;
  readonly limits: SpanLimits;
  readonly sampler: Sampler;
  readonly propagators: readonly string[];
  readonly captureContent: boolean;
  readonly privacy: PrivacyOptions;
  readonly requestStreamUsage: boolean;
  readonly activateLeaf: boolean;
  readonly latestConventions: "off" | "only" | "both";
  readonly flushOnExit: boolean;
  readonly logger: CallLogger | undefined;
  readonly onExportError: ((error: ExportError) => void) | undefined;
  /** Settings that were ignored, one sentence each. */
  readonly warnings: readonly string[];
}

/** Reads options and environment into one checked configuration; only this file and `environment.ts` see the environment. */
export function readConfig(options: InitOptions = {}, environment: Environment = process.env): Config {
  const warnings: string[] = [];
  const warn = (sentence: string): void => void warnings.push(sentence);
  return {
    disabled: readBoolean(environment, "OTEL_SDK_DISABLED") ?? false,
    resource: readResource(options, environment),
    traces: readTarget(options, environment, warn),
    exportTraces: readExporter(environment, warn),
    batch: readBatch(environment, warn),
    retry: { initialDelayMs: 1000, maxDelayMs: 16_000, maxAttempts: 6 },
    limits: readLimits(environment, warn),
    sampler: readSampler(environment, warn),
    propagators: readList(environment, "OTEL_PROPAGATORS") ?? ["tracecontext", "baggage"],
    captureContent: options.captureContent ?? readCapture(environment),
    privacy: readPrivacy(options, environment, warn),
    requestStreamUsage:
      options.requestStreamUsage ?? readBoolean(environment, "SPANLIGHT_STREAM_USAGE") ?? true,
    activateLeaf: options.activateLeaf ?? false,
    latestConventions: readOptIn(environment),
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

function readTarget(options: InitOptions, environment: Environment, warn: Warn): HttpTarget {
  const read = (name: string): string | undefined =>
    environment[`OTEL_EXPORTER_OTLP_TRACES_${name}`] ?? environment[`OTEL_EXPORTER_OTLP_${name}`];
  const protocol = read("PROTOCOL") ?? "http/protobuf";
  if (protocol !== "http/protobuf")
    warn(`OTEL_EXPORTER_OTLP_PROTOCOL=${protocol} is not supported: http/protobuf is sent instead`);
  const apiKey = options.apiKey ?? environment["SPANLIGHT_API_KEY"];
  return {
    url: readTracesUrl(options, environment),
    headers: {
      ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      ...readPairs(environment, "OTEL_EXPORTER_OTLP_HEADERS"),
      ...readPairs(environment, "OTEL_EXPORTER_OTLP_TRACES_HEADERS"),
      ...options.headers,
    },
    compression: read("COMPRESSION") === "gzip" ? "gzip" : "none",
    timeoutMs:
      readNumber(environment, "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", warn) ??
      readNumber(environment, "OTEL_EXPORTER_OTLP_TIMEOUT", warn) ??
      10_000,
    tls: {
      ca: readFile(read("CERTIFICATE"), warn),
      cert: readFile(read("CLIENT_CERTIFICATE"), warn),
      key: readFile(read("CLIENT_KEY"), warn),
    },
  };
}

function readTracesUrl(options: InitOptions, environment: Environment): string {
  const base = options.endpoint ?? environment["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? "http://localhost:4318";
  const own = options.endpoint === undefined ? environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] : undefined;
  const url = own ?? `${base.replace(/\/+$/, "")}/v1/traces`;
  if (!URL.canParse(url)) {
    throw new ConfigurationError(
      `the OTLP endpoint "${own ?? base}" is not a URL: give one like http://localhost:4318`,
    );
  }
  return url;
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

function readLimits(environment: Environment, warn: Warn): SpanLimits {
  const read = (name: string): number | undefined => readNumber(environment, name, warn);
  return {
    attributeCount: read("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT") ?? read("OTEL_ATTRIBUTE_COUNT_LIMIT") ?? 128,
    eventCount: read("OTEL_SPAN_EVENT_COUNT_LIMIT") ?? 128,
    linkCount: read("OTEL_SPAN_LINK_COUNT_LIMIT") ?? 128,
    valueLength:
      read("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT") ?? read("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT") ?? Infinity,
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
  return (logger ?? readBoolean(environment, "SPANLIGHT_LOG_CALLS")) === true ? stdoutLogger : undefined;
}

function readPrivacy(options: InitOptions, environment: Environment, warn: Warn): PrivacyOptions {
  const { mask } = options;
  const maxLength =
    options.maxContentLength ?? readNumber(environment, "SPANLIGHT_MAX_CONTENT_LENGTH", warn) ?? 262_144;
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
  const standard = environment["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"]?.toUpperCase();
  return standard === "TRUE" || standard === "SPAN_ONLY" || standard === "SPAN_AND_EVENT";
}

function readOptIn(environment: Environment): Config["latestConventions"] {
  const chosen = readChoice(environment, "OTEL_SEMCONV_STABILITY_OPT_IN", [
    "gen_ai_latest_experimental/dup",
    "gen_ai_latest_experimental",
  ]);
  if (chosen === undefined) return "off";
  return chosen.endsWith("/dup") ? "both" : "only";
}

function readFile(path: string | undefined, warn: Warn): Buffer | undefined {
  if (path === undefined || path === "") return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    warn(`the certificate file ${path} cannot be read: ${String(error)}`);
    return undefined;
  }
}
