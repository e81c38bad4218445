// Stored model calls that repeat another stored one, found by the rules of `ingest/billed-calls.ts` whatever requests they came in.
import type { Engine, Parameters, Query } from "../store/engine.ts";

/** A billed span that says what another one says. */
export interface RepeatedCall {
  readonly project: string;
  /** Day of receipt: the span's partition. */
  readonly day: string;
  /** Hex. */
  readonly traceId: string;
  readonly spanId: string;
  readonly block: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
}

/** Spans that were received in `[sinceMs, untilMs)`, in Unix milliseconds, of which those from `newSinceMs` on were not looked at before. */
export interface Lookback {
  readonly sinceMs: number;
  readonly newSinceMs: number;
  readonly untilMs: number;
  readonly signal: AbortSignal;
}

/** Most spans of one look: the next one goes on. */
export const mostFound = 10_000;
const timeoutMs = 120_000;

/** True of the spans of a lookback, for `askOf`. */
export const isReceived = `received_at >= fromUnixTimestamp64Milli({sinceMs:Int64}, 'UTC')
  AND received_at < fromUnixTimestamp64Milli({untilMs:Int64}, 'UTC')`;

/** All but the SQL of a question to the spans of a lookback. */
export function askOf(
  { sinceMs, untilMs, signal }: Lookback,
  parameters: Parameters = {},
): Omit<Query, "sql"> {
  return { parameters: { ...parameters, sinceMs, untilMs }, timeoutMs, signal };
}

const isCall = "span_type IN ('model', 'embedding')";
const isPaid = "(input_tokens IS NOT NULL OR output_tokens IS NOT NULL)";
const isInside = "parent_span_id != span_id";

/** What a repeated call is told by. */
export const repeatedColumns = `project, toString(toDate(received_at)) AS day, hex(trace_id) AS traceId, hex(span_id) AS spanId,
  toString(block) AS block, toFloat64(ifNull(input_tokens, 0)) AS inputTokens, toFloat64(ifNull(output_tokens, 0)) AS outputTokens,
  ifNull(cost_usd, 0) AS costUsd`;

/**
 * The billed calls that enclose another call of their kind: two instrumentations saw one call, and the inner one is billed. Where the
 * inner one has no token counts, only an outer one without any repeats it.
 */
export async function findNestedCalls(engine: Engine, lookback: Lookback): Promise<RepeatedCall[]> {
  const common = askOf(lookback);
  const [some] = await engine.query({ ...common, sql: renderSuspicion() });
  return some === undefined ? [] : engine.query<RepeatedCall>({ ...common, sql: renderNestedCalls() });
}

const id = "reinterpretAsUInt64(span_id)";
const parentId = "reinterpretAsUInt64(parent_span_id)";
/** Ids of calls and of the spans they lie in: cheap, and there is nearly never one that is both. */
const enclosingIds = `SELECT ${parentId} FROM spans
  WHERE ${isReceived} AND ${isCall} AND ${isInside} AND ${parentId} IN (SELECT ${id} FROM spans WHERE ${isReceived} AND billed = 1)`;

function renderSuspicion(): string {
  return `${enclosingIds} LIMIT 1`;
}

/** The few that ids leave are told apart by all they are told apart by on arrival. */
function renderNestedCalls(): string {
  return `SELECT ${repeatedColumns}
FROM spans
WHERE ${isReceived} AND billed = 1 AND ${id} IN (${enclosingIds}) AND (project, trace_id, span_id, span_type) IN (
  SELECT project, trace_id, parent_span_id, span_type FROM spans
  WHERE ${isReceived} AND ${isCall} AND ${isInside} AND ${parentId} IN (${enclosingIds})
    AND (project, trace_id, parent_span_id, span_type, ${isPaid}) IN (
      SELECT project, trace_id, span_id, span_type, arrayJoin(if(${isPaid}, [1], [0, 1])) FROM spans
      WHERE ${isReceived} AND billed = 1 AND ${id} IN (${enclosingIds})
    )
)
LIMIT ${mostFound}`;
}

/** Spans of one statement: it must not grow longer than an address may be. */
export const spansPerStatement = 400;

/**
 * The statement that takes calls of one day of receipt off the bill. Doing it again changes nothing. `job` stands in it, so that the
 * engine's list of changes tells after a kill whether it was taken.
 */
export function renderUnbilling(
  calls: readonly RepeatedCall[],
  { job, day }: { job: string; day: string },
): { sql: string; parameters: Parameters } {
  const spans = calls.map(({ traceId, spanId }) => `${traceId}${spanId}`);
  const blocks = [...new Set(calls.map(({ block }) => BigInt(block)))];
  return {
    sql: `ALTER TABLE spans
  UPDATE billed = 0, cost_usd = NULL, unpriced = 0 IN PARTITION {day:String}
  WHERE block IN {blocks:Array(UInt64)} AND billed = 1
    AND concat(hex(trace_id), hex(span_id)) IN {spans:Array(String)} AND {job:String} != ''
SETTINGS mutations_sync = 0`,
    parameters: { day, blocks, spans, job },
  };
}
