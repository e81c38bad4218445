import type { LogLevel, LogRecord } from "@spanlight/contract";
import { orNull } from "../span-row.ts";
import { parseOr, readAttributeMap, readRecord } from "../stored-values.ts";
import { levelTexts, logLevels } from "./log-conditions.ts";

/** The columns of `logs` as a SELECT list that yields `LogRow`. */
export const LOG_COLUMNS = `  time, block, severity, severity_text AS severityText, lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId,
  service, environment, scope_name AS scopeName, scope_version AS scopeVersion, event_name AS event, endpoint, user_id AS userId,
  tenant_id AS tenantId, session_id AS sessionId, body, body_type AS bodyType, content_bytes AS contentBytes,
  mapKeys(attributes) AS attributeKeys, mapValues(attributes) AS attributeValues, attribute_types AS attributeTypes, resource`;

/** One log record as stored; ids in lower-case hex. */
export interface LogRow {
  readonly time: string;
  readonly block: string;
  readonly severity: number;
  readonly severityText: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly service: string;
  readonly environment: string;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly event: string;
  readonly endpoint: string;
  readonly userId: string;
  readonly tenantId: string;
  readonly sessionId: string;
  readonly body: string;
  readonly bodyType: string;
  readonly contentBytes: number;
  readonly attributeKeys: readonly string[];
  readonly attributeValues: readonly string[];
  readonly attributeTypes: string;
  readonly resource: string;
}

export function toLogRecord(row: LogRow): LogRecord {
  return {
    time: row.time,
    level: toLevel(row),
    severityText: orNull(row.severityText),
    message: row.body === "" ? row.event : row.body,
    body: row.bodyType === "j" ? parseOr(row.body, null) : null,
    event: orNull(row.event),
    service: row.service,
    environment: row.environment,
    traceId: idOrNull(row.traceId),
    spanId: idOrNull(row.spanId),
    endpoint: orNull(row.endpoint),
    userId: orNull(row.userId),
    tenantId: orNull(row.tenantId),
    sessionId: orNull(row.sessionId),
    contentInSpan: row.contentBytes > 0,
    attributes: readAttributeMap(row),
    resource: readRecord(row.resource),
    scope: { name: row.scopeName, version: row.scopeVersion },
  };
}

function toLevel({ severity, severityText }: LogRow): LogLevel | null {
  if (severity > 0) return logLevels[Math.min(5, Math.floor((severity - 1) / 4))] ?? null;
  const text = severityText.toLowerCase();
  return logLevels.find((level) => levelTexts[level].includes(text)) ?? null;
}

function idOrNull(id: string): string | null {
  return /^0*$/.test(id) ? null : id;
}
