import type { Attributes, AttributeValue } from "@opentelemetry/api";
import { app, genAi, general } from "@spanlight/conventions";
import type { LogRecord } from "../export/log-batch.ts";
import type { Clock } from "../tracing/clock.ts";
import type { CallLogger } from "./call-log.ts";

/** The fields of a line by the names the conventions have for them; the others keep theirs. */
const attributeNames: Readonly<Record<string, string>> = {
  operation: genAi.operationName,
  provider: genAi.providerName,
  model: genAi.responseModel,
  input_tokens: genAi.usageInputTokens,
  output_tokens: genAi.usageOutputTokens,
  cost_usd: app.costUsd,
  error_type: general.errorType,
  user_id: general.userId,
  session_id: general.sessionId,
  tenant_id: app.tenantId,
  endpoint: app.endpoint,
  request_id: app.requestId,
  prompt_hash: app.promptHash,
  retrieval_chunks: app.retrievalDocumentCount,
  prompt_name: genAi.promptName,
  prompt_version: genAi.promptVersion,
};

/** In the resource, or in fields of their own. */
const left: ReadonlySet<string> = new Set(["service", "trace_id", "span_id"]);

/** A logger whose lines are OTLP log records. */
export function createRecordLogger(clock: Clock, add: (record: LogRecord) => void): CallLogger {
  const write = (severityNumber: number, severityText: string, fields: object, message: string): void => {
    const named = new Map<string, unknown>(Object.entries(fields));
    add({
      timeNs: clock.toEpochNs(clock.now()),
      severityNumber,
      severityText,
      body: message,
      eventName: "",
      attributes: toAttributes(named),
      traceId: textOf(named.get("trace_id")),
      spanId: textOf(named.get("span_id")),
      traceFlags: 1,
    });
  };
  return {
    info: (fields, message) => write(9, "INFO", fields, message),
    warn: (fields, message) => write(13, "WARN", fields, message),
    error: (fields, message) => write(17, "ERROR", fields, message),
  };
}

function toAttributes(fields: ReadonlyMap<string, unknown>): Attributes {
  const attributes: Attributes = {};
  for (const [field, value] of fields) {
    if (left.has(field) || value === null || value === undefined) continue;
    if (field === "scores" && typeof value === "object") {
      for (const [name, score] of Object.entries(value))
        attributes[`scores.${name}`] = score as AttributeValue;
      continue;
    }
    // All else is flat: texts, numbers, booleans and lists of texts.
    attributes[attributeNames[field] ?? field] = value as AttributeValue;
  }
  return attributes;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
