import { trace, type Attributes } from "@opentelemetry/api";
import { app, genAi, general } from "@spanlight/conventions";
import type { CallRecord } from "../call-record.ts";
import { readContextAttributes } from "../context/call-context.ts";
import type { Hooks } from "../hooks/hooks.ts";
import type { Privacy } from "../privacy/privacy.ts";
import { activeContext } from "../runtime.ts";
import { isDebugging, type AppLog } from "./app-log.ts";
import type { LatePricer } from "./late-pricer.ts";
import { promptHashOf } from "./prompt-hash.ts";

/** What a log line is written with: pino, or anything with its three methods. */
export interface CallLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** Where there is one, the content of calls that record it is written with it. */
  debug?(fields: object, message: string): void;
  /** Asked before a line is made for `debug`. */
  isLevelEnabled?(level: "debug"): boolean;
}

export interface CallLogOptions {
  readonly hooks: Hooks;
  readonly pricer: LatePricer;
  readonly privacy: Privacy;
  readonly log: AppLog;
}

/**
 * Writes one line per model call, without its content: `info`, for a rate limit `warn`, for any other failure `error`. What was said
 * is a `debug` line of its own, masked, and only where content is recorded. Returns what stops it.
 */
export function logCalls({ hooks, pricer, privacy, log }: CallLogOptions): () => void {
  const { logger, service, facts } = log;
  return hooks.on(
    "onResponse",
    (record) =>
      pricer.price(record, (priced, costUsd) => {
        const ids = describeContext(priced);
        const fields = {
          service,
          ...describe(priced, costUsd),
          ...facts.fieldsOf(priced.spanContext?.traceId),
          ...ids,
        };
        if (priced.captureContent && isDebugging(logger))
          logger.debug?.({ service, ...ids, ...describeContent(priced, privacy) }, "model call content");
        if (priced.error === undefined) return logger.info(fields, "model call completed");
        const failed = {
          ...fields,
          error_type: priced.error.type,
          error: privacy.cleanText(priced.error.message),
        };
        if (priced.error.type === "429") logger.warn(failed, "model call was rate limited");
        else logger.error(failed, "model call failed");
      }),
    { readsMessages: false },
  );
}

function describeContent(record: CallRecord, privacy: Privacy): object {
  return {
    input: privacy.cleanJson(record.messages),
    output: privacy.cleanJson(record.outputMessages),
  };
}

function describe(record: CallRecord, costUsd: number | null): object {
  const { usage } = record;
  const promptHash = promptHashOf(record);
  return {
    operation: record.operation,
    provider: record.provider,
    model: record.model,
    latency_ms: Math.round(record.latencyMs),
    ...(record.timeToFirstChunkMs === undefined ? {} : { ttft_ms: Math.round(record.timeToFirstChunkMs) }),
    ...(usage === undefined ? {} : { input_tokens: usage.inputTokens, output_tokens: usage.outputTokens }),
    ...(usage?.cacheReadTokens === undefined ? {} : { cache_hit: usage.cacheReadTokens > 0 }),
    ...(record.usageEstimated ? { usage_estimated: true } : {}),
    cost_usd: costUsd,
    ...(promptHash === undefined ? {} : { prompt_hash: promptHash }),
    ...(record.finishReason === undefined ? {} : { finish_reason: record.finishReason }),
    ...(record.streamEnd === undefined ? {} : { stream_end: record.streamEnd }),
  };
}

function describeContext(record: CallRecord): object {
  const { spanContext } = record;
  return {
    ...toFields(readContextAttributes(record.parentContext)),
    ...(spanContext === undefined ? {} : { trace_id: spanContext.traceId, span_id: spanContext.spanId }),
  };
}

const fieldNames: Readonly<Record<string, string>> = {
  [general.userId]: "user_id",
  [general.sessionId]: "session_id",
  [app.tenantId]: "tenant_id",
  [app.endpoint]: "endpoint",
  [app.requestId]: "request_id",
  [genAi.promptName]: "prompt_name",
  [genAi.promptVersion]: "prompt_version",
};

function toFields(attributes: Attributes): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fieldNames))
    if (attributes[name] !== undefined) fields[field] = attributes[name];
  return fields;
}

/** `trace_id`, `span_id` and who is served, for the lines of any logger: `pino({ mixin: logContext })`. */
export function logContext(): Record<string, unknown> {
  const active = activeContext();
  const span = trace.getSpanContext(active);
  return {
    ...toFields(readContextAttributes(active)),
    ...(span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId }),
  };
}

/** JSON lines on stdout, for applications without a logger of their own. */
export const stdoutLogger: CallLogger = {
  info: (fields, message) => writeLine("info", fields, message),
  warn: (fields, message) => writeLine("warn", fields, message),
  error: (fields, message) => writeLine("error", fields, message),
};

/** The same with the content of calls that record it. */
export const stdoutDebugLogger: CallLogger = {
  ...stdoutLogger,
  debug: (fields, message) => writeLine("debug", fields, message),
};

function writeLine(level: string, fields: object, message: string): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
}
