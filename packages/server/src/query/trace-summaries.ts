import type { TraceSummary } from "@spanlight/contract";
import type { Engine, Query } from "../store/engine.ts";
import type { Condition } from "./span-filter.ts";
import { orNull } from "./span-row.ts";
import { splitTimeByType, type TypedInterval } from "./time-by-type.ts";
import { findTraceBounds, TRACE_IDS, type TraceBounds } from "./trace-bounds.ts";
import { GIVEN_NAME, nameTrace } from "./trace-name.ts";

/** A span that comes twice is one span: the later end wins, then the one that says more. */
export const ONE_PER_SPAN = `ORDER BY trace_id, span_id, toUnixTimestamp64Nano(start_time) + duration_ns DESC, length(rest_attributes) + length(column_attributes) DESC, block DESC
  LIMIT 1 BY trace_id, span_id`;

/** A root's parent is eight zero bytes. */
export const IS_CHILD = "parent_span_id != toFixedString('', 8)";

interface SummaryRow {
  readonly traceId: string;
  readonly startTime: string;
  readonly durationMs: number;
  /** name, agent name, name given, service, status of the root, else of the earliest span */
  readonly head: readonly [string, string, string, string, number];
  readonly firstAgentName: string;
  readonly anyEndpoint: string;
  readonly complete: number;
  readonly spanCount: number;
  readonly errorType: string;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly costUsd: number | null;
  readonly unpricedSpans: number;
  readonly ttftMs: number | null;
  readonly models: readonly string[];
  readonly intervals: readonly TypedInterval[];
  readonly userId: string;
  readonly sessionId: string;
  readonly matches: number;
}

export interface SummaryQuestion {
  readonly project: string;
  readonly traceIds: readonly string[];
  /** Each must hold for some span of the trace. */
  readonly conditions: readonly Condition[];
}

/** Summaries of those of the traces that exist and meet the conditions, in no order. */
export async function listSummaries(
  store: Engine,
  question: SummaryQuestion,
  signal?: AbortSignal,
): Promise<TraceSummary[]> {
  if (question.traceIds.length === 0) return [];
  const bounds = await findTraceBounds(store, question, signal);
  if (bounds === undefined) return [];
  const rows = await store.query<SummaryRow>({ ...renderSummaries(question, bounds), signal });
  return rows.filter((row) => row.matches === 1).map(toSummary);
}

export function renderSummaries(question: SummaryQuestion, bounds: TraceBounds): Query {
  const matches = question.conditions.map(({ sql }) => `countIf(${sql}) > 0`);
  return {
    sql: `SELECT
  lower(hex(trace_id)) AS traceId,
  min(start_time) AS startTime,
  (max(end_ns) - min(start_ns)) / 1e6 AS durationMs,
  argMin((name, agent_name, given_name, service, status), (is_child, start_time, span_id)) AS head,
  argMinIf(agent_name, (is_child, start_time), agent_name != '') AS firstAgentName,
  argMinIf(endpoint, (is_child, start_time), endpoint != '') AS anyEndpoint,
  toUInt8(countIf(is_child = 0) > 0) AS complete,
  toUInt32(count()) AS spanCount,
  argMinIf(error_type, (is_child, start_time), error_type != '') AS errorType,
  toFloat64(sumIf(input_tokens, billed = 1)) AS inputTokens,
  toFloat64(sumIf(output_tokens, billed = 1)) AS outputTokens,
  sumIf(cost_usd, billed = 1) AS costUsd,
  toUInt32(sum(unpriced)) AS unpricedSpans,
  (argMinIf(start_ns + toInt64(round(ttft_ms * 1e6)), start_time, isNotNull(ttft_ms)) - min(start_ns)) / 1e6 AS ttftMs,
  arraySort(groupUniqArrayIf(50)(model, billed = 1 AND model != '')) AS models,
  groupArrayIf(2000)((span_type, start_ns / 1e6, duration_ns / 1e6), span_type IN ('model', 'embedding', 'retrieval', 'reranker', 'tool')) AS intervals,
  argMinIf(user_id, (is_child, start_time), user_id != '') AS userId,
  argMinIf(session_id, (is_child, start_time), session_id != '') AS sessionId,
  toUInt8(${matches.length === 0 ? "1" : matches.join(" AND ")}) AS matches
FROM (
  SELECT *, toUnixTimestamp64Nano(start_time) AS start_ns, start_ns + duration_ns AS end_ns, ${IS_CHILD} AS is_child
  FROM (
    SELECT block, trace_id, span_id, parent_span_id, start_time, duration_ns, name, service, environment, endpoint, status, error_type,
      input_tokens, output_tokens, cost_usd, billed, unpriced, ttft_ms, model, provider, operation, span_type, user_id, session_id, prompt_name, agent_name,
      ${GIVEN_NAME} AS given_name, rest_attributes, column_attributes
    FROM spans
    WHERE project = {project:String} AND trace_id IN ${TRACE_IDS}
      AND start_time >= fromUnixTimestamp64Nano({firstStartNs:Int64}, 'UTC') AND start_time <= fromUnixTimestamp64Nano({lastStartNs:Int64}, 'UTC')
    ${ONE_PER_SPAN}
  )
)
GROUP BY trace_id`,
    parameters: {
      project: question.project,
      traceIds: question.traceIds,
      firstStartNs: bounds.firstStartNs,
      lastStartNs: bounds.lastStartNs,
      ...Object.assign({}, ...question.conditions.map((condition) => condition.parameters)),
    },
    timeoutMs: 10_000,
  };
}

function toSummary(row: SummaryRow): TraceSummary {
  const [name, agentName, givenName, service, status] = row.head;
  return {
    traceId: row.traceId,
    name: nameTrace({ name, agentName, givenName, firstAgentName: row.firstAgentName }),
    service,
    endpoint: orNull(row.anyEndpoint),
    startTime: row.startTime,
    durationMs: row.durationMs,
    status: status === 2 ? "error" : "ok",
    errorType: orNull(row.errorType),
    complete: row.complete === 1,
    spanCount: row.spanCount,
    inputTokens: row.inputTokens,
    outputTokens: row.outputTokens,
    costUsd: row.costUsd,
    unpricedSpans: row.unpricedSpans,
    ttftMs: row.ttftMs,
    models: [...row.models],
    timeByType: splitTimeByType(row.durationMs, row.intervals),
    userId: orNull(row.userId),
    sessionId: orNull(row.sessionId),
  };
}
