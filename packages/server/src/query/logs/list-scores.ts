import type { Score, ScoreList } from "@spanlight/contract";
import type { Engine } from "../../store/engine.ts";
import { orNull } from "../span-row.ts";
import type { Condition } from "../span-filter.ts";
import { endOfPage, toNextCursor, withoutSeen, type TimeCursor } from "./time-cursor.ts";
import { findTraceCondition } from "./trace-condition.ts";

export interface ScoreListQuestion {
  readonly project: string;
  /** `[fromNs, toNs)`, Unix nanoseconds. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly limit: number;
  readonly cursor?: TimeCursor | undefined;
  readonly filter: {
    readonly name?: string | undefined;
    readonly traceId?: string | undefined;
    readonly spanId?: string | undefined;
    readonly session?: string | undefined;
  };
}

/** Where in an evaluation result a score's own words stand. */
export const SCORE_WORDS =
  "attributes['spanlight.score.id'] AS id, session_id AS sessionId, attributes['gen_ai.evaluation.name'] AS name, " +
  "toFloat64OrNull(attributes['gen_ai.evaluation.score.value']) AS value, attributes['gen_ai.evaluation.score.label'] AS label, " +
  "attributes['gen_ai.evaluation.explanation'] AS comment, attributes['spanlight.score.source'] AS source";

/**
 * A score without an id is known by what it says of its span, however often: OpenLIT says each as an event of the span and as a log event.
 * One that names no span is known by its time.
 */
const SAID_AGAIN =
  "concat(traceId, spanId, name, ifNull(toString(value), ''), label, comment, if(spanId = '0000000000000000', toString(time), ''))";

/** What `SCORE_WORDS` reads; empty texts and null = not said. */
export interface ScoreWords {
  readonly id: string;
  readonly sessionId: string;
  readonly name: string;
  readonly value: number | null;
  readonly label: string;
  readonly comment: string;
  readonly source: string;
}

interface ScoreRow extends ScoreWords {
  readonly time: string;
  readonly traceId: string;
  readonly spanId: string;
}

/** Evaluation results, newest first; of several under one id the one that was received last. */
export async function listScores(
  store: Engine,
  question: ScoreListQuestion,
  signal?: AbortSignal,
): Promise<ScoreList> {
  const { project, fromNs, toNs, limit, cursor } = question;
  const { traceId } = question.filter;
  const ofTrace =
    traceId === undefined ? [] : [await findTraceCondition(store, { project, traceId }, signal)];
  const conditions = [...ofTrace, ...listConditions(question.filter)];
  const rows = await store.query<ScoreRow>({
    sql: `SELECT * FROM (
  SELECT time, block, lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId,
    ${SCORE_WORDS}
  FROM logs
  WHERE project = {project:String} AND event_name = 'gen_ai.evaluation.result'
    AND time >= fromUnixTimestamp64Nano({fromNs:Int64}, 'UTC') AND time < fromUnixTimestamp64Nano({toNs:Int64}, 'UTC')
${conditions.map(({ sql }) => `    AND (${sql})\n`).join("")}  ORDER BY block DESC, time DESC
  LIMIT 1 BY if(id = '', ${SAID_AGAIN}, id)
)
WHERE time < fromUnixTimestamp64Nano({endNs:Int64}, 'UTC')
ORDER BY time DESC, id, traceId, spanId, name
LIMIT {limit:UInt32}`,
    parameters: {
      project,
      fromNs,
      toNs,
      endNs: endOfPage(cursor, toNs),
      limit: limit + 1 + (cursor?.skip ?? 0),
      ...Object.assign({}, ...conditions.map(({ parameters }) => parameters)),
    },
    timeoutMs: 15_000,
    signal,
  });
  const rest = withoutSeen(rows, cursor);
  const page = rest.slice(0, limit);
  return {
    items: page.map((row) => toScore(row, traceId)),
    nextCursor: rest.length > limit ? toNextCursor(page, cursor) : null,
  };
}

function listConditions({ name, spanId, session }: ScoreListQuestion["filter"]): Condition[] {
  const conditions: Condition[] = [];
  if (name !== undefined)
    conditions.push({ sql: "attributes['gen_ai.evaluation.name'] = {name:String}", parameters: { name } });
  if (spanId !== undefined)
    conditions.push({ sql: "span_id = unhex({spanId:String})", parameters: { spanId } });
  if (session !== undefined)
    conditions.push({ sql: "session_id = {session:String}", parameters: { session } });
  return conditions;
}

/** A score that names its span alone belongs to the trace that was asked for. */
function toScore(row: ScoreRow, traceId: string | undefined): Score {
  const idOrNull = (id: string): string | null => (/^0*$/.test(id) ? null : id);
  return {
    id: row.id,
    time: row.time,
    traceId: idOrNull(row.traceId) ?? traceId ?? null,
    spanId: idOrNull(row.spanId),
    sessionId: orNull(row.sessionId),
    name: row.name,
    value: row.value,
    label: orNull(row.label),
    comment: orNull(row.comment),
    source: orNull(row.source),
  };
}
