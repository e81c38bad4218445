import { type CostLine, type Span, spanTypeSchema } from "@spanlight/contract";
import { readMessages } from "../messages/read-messages.ts";
import { readRest } from "../messages/read-rest.ts";
import type { ContentMap } from "../messages/content-map.ts";
import { isRecord, parseOr, readAttributeMap, readRecord } from "./stored-values.ts";
import { formatInstant } from "./time.ts";

export const ROOT_PARENT_ID = "0000000000000000";

/** The columns of `spans` as a SELECT list that yields `SpanRow`. */
export const SPAN_COLUMNS = `  lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId, lower(hex(parent_span_id)) AS parentSpanId,
  start_time AS startTime, toUnixTimestamp64Nano(start_time) AS startNs, duration_ns AS durationNs,
  name, kind, status, status_message AS statusMessage, error_type AS errorType, service, environment,
  scope_name AS scopeName, scope_version AS scopeVersion, dialect, span_type AS spanType, operation, provider, model,
  request_model AS requestModel, response_model AS responseModel, endpoint, user_id AS userId, tenant_id AS tenantId,
  session_id AS sessionId, prompt_name AS promptName, prompt_version AS promptVersion, agent_name AS agentName,
  tool_name AS toolName, finish_reasons AS finishReasons, input_tokens AS inputTokens, output_tokens AS outputTokens,
  cache_read_tokens AS cacheReadTokens, cache_write_tokens AS cacheWriteTokens, reasoning_tokens AS reasoningTokens,
  usage_estimated AS usageEstimated, billed, cost_usd AS costUsd, unpriced, ttft_ms AS ttftMs, content_bytes AS contentBytes,
  mapKeys(attributes) AS attributeKeys, mapValues(attributes) AS attributeValues, attribute_types AS attributeTypes,
  resource, events, links`;

/** One span as stored; ids in lower-case hex, 64-bit numbers as text. */
export interface SpanRow {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly startTime: string;
  readonly startNs: string;
  readonly durationNs: string;
  readonly name: string;
  readonly kind: number;
  readonly status: number;
  readonly statusMessage: string;
  readonly errorType: string;
  readonly service: string;
  readonly environment: string;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly dialect: string;
  readonly spanType: string;
  readonly operation: string;
  readonly provider: string;
  readonly model: string;
  readonly requestModel: string;
  readonly responseModel: string;
  readonly endpoint: string;
  readonly userId: string;
  readonly tenantId: string;
  readonly sessionId: string;
  readonly promptName: string;
  readonly promptVersion: string;
  readonly agentName: string;
  readonly toolName: string;
  readonly finishReasons: string;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly cacheWriteTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly usageEstimated: number;
  readonly billed: number;
  readonly costUsd: number | null;
  readonly unpriced: number;
  readonly ttftMs: number | null;
  readonly contentBytes: number;
  readonly attributeKeys: readonly string[];
  readonly attributeValues: readonly string[];
  readonly attributeTypes: string;
  readonly resource: string;
  readonly events: string;
  readonly links: string;
}

export const SPAN_KINDS = ["unspecified", "internal", "server", "client", "producer", "consumer"] as const;
export const SPAN_STATUSES = ["unset", "ok", "error"] as const;

/** The span as the API shows it: the row, what was said, what it cost. */
export function toSpan(
  row: SpanRow,
  beside: { content: ContentMap; cost: Pick<Span, "pricedBy"> & { lines: CostLine[] } },
): Span {
  const events = readList(row.events);
  return {
    ...toIdentity(row),
    ...toUsage(row),
    ...readMessages(beside.content, { dialect: row.dialect, spanType: row.spanType, events }),
    costLines: beside.cost.lines,
    pricedBy: beside.cost.pricedBy,
    finishReasons: row.finishReasons === "" ? [] : row.finishReasons.split(","),
    events: events.map(toEvent),
    links: readList(row.links).flatMap(toLink),
    attributes: { ...readAttributeMap(row), ...readRest(beside.content) },
    resource: readRecord(row.resource),
    scope: { name: row.scopeName, version: row.scopeVersion },
  };
}

/** What a span is without what was said, its bill and what model calls have beside others. */
export type BareSpan = Core &
  Pick<Span, "costUsd" | "events" | "links" | "attributes" | "resource" | "scope">;

/** For very many spans: a fraction of the work of `toSpan`. `readResource` may remember what it read. */
export function toBareSpan(
  row: SpanRow,
  readResource: (json: string) => Record<string, unknown> = readRecord,
): BareSpan {
  return {
    ...toCore(row),
    costUsd: row.costUsd,
    events: readList(row.events).map(toEvent),
    links: readList(row.links).flatMap(toLink),
    attributes: readAttributeMap(row),
    resource: readResource(row.resource),
    scope: { name: row.scopeName, version: row.scopeVersion },
  };
}

/** What every span has, of a model or not. */
type Core = Pick<
  Span,
  | "spanId"
  | "parentSpanId"
  | "name"
  | "kind"
  | "service"
  | "startTime"
  | "durationMs"
  | "status"
  | "statusMessage"
>;

function toCore(row: SpanRow): Core {
  return {
    spanId: row.spanId,
    parentSpanId: row.parentSpanId === ROOT_PARENT_ID ? null : row.parentSpanId,
    name: row.name,
    kind: SPAN_KINDS[row.kind] ?? "unspecified",
    service: row.service,
    startTime: row.startTime,
    durationMs: Number(row.durationNs) / 1e6,
    status: SPAN_STATUSES[row.status] ?? "unset",
    statusMessage: orNull(row.statusMessage),
  };
}

type Identity = Core &
  Pick<
    Span,
    | "errorType"
    | "spanType"
    | "dialect"
    | "operation"
    | "provider"
    | "requestModel"
    | "responseModel"
    | "toolName"
    | "agentName"
    | "userId"
    | "tenantId"
    | "sessionId"
    | "endpoint"
    | "promptName"
    | "promptVersion"
  >;

function toIdentity(row: SpanRow): Identity {
  const type = spanTypeSchema.safeParse(row.spanType);
  return {
    ...toCore(row),
    errorType: orNull(row.errorType),
    spanType: type.success ? type.data : "other",
    dialect: orNull(row.dialect),
    operation: orNull(row.operation),
    provider: orNull(row.provider),
    requestModel: orNull(row.requestModel),
    responseModel: orNull(row.responseModel),
    toolName: orNull(row.toolName),
    agentName: orNull(row.agentName),
    ...toContext(row),
  };
}

function toContext(
  row: SpanRow,
): Pick<Span, "userId" | "tenantId" | "sessionId" | "endpoint" | "promptName" | "promptVersion"> {
  return {
    userId: orNull(row.userId),
    tenantId: orNull(row.tenantId),
    sessionId: orNull(row.sessionId),
    endpoint: orNull(row.endpoint),
    promptName: orNull(row.promptName),
    promptVersion: orNull(row.promptVersion),
  };
}

type Usage = Pick<
  Span,
  | "inputTokens"
  | "outputTokens"
  | "cacheReadTokens"
  | "cacheWriteTokens"
  | "reasoningTokens"
  | "usageEstimated"
  | "billed"
  | "costUsd"
  | "unpriced"
  | "ttftMs"
  | "hasContent"
>;

function toUsage(row: SpanRow): Usage {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens, costUsd, ttftMs } =
    row;
  return {
    inputTokens,
    outputTokens,
    cacheReadTokens,
    cacheWriteTokens,
    reasoningTokens,
    costUsd,
    ttftMs,
    usageEstimated: row.usageEstimated === 1,
    billed: row.billed === 1,
    unpriced: row.unpriced === 1,
    hasContent: row.contentBytes > 0,
  };
}

function toEvent(event: Record<string, unknown>): Span["events"][number] {
  return {
    time: toTime(event["time"] ?? event["timeNs"]),
    name: typeof event["name"] === "string" ? event["name"] : "",
    attributes: isRecord(event["attributes"]) ? event["attributes"] : {},
  };
}

/** Events hold their time as ISO 8601 or as Unix nanoseconds in decimal. */
function toTime(time: unknown): string {
  const text = typeof time === "string" ? time : "0";
  return /^\d{1,19}$/.test(text) ? formatInstant(BigInt(text)) : text;
}

function toLink(link: Record<string, unknown>): Span["links"] {
  const { traceId, spanId, attributes } = link;
  if (typeof traceId !== "string" || typeof spanId !== "string") return [];
  return [{ traceId, spanId, attributes: isRecord(attributes) ? attributes : {} }];
}

function readList(json: string): Array<Record<string, unknown>> {
  const value = json === "" ? [] : parseOr(json, []);
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** Absent texts are stored empty. */
export function orNull(text: string): string | null {
  return text === "" ? null : text;
}
