import type { LogList, LogRecord } from "@spanlight/contract";
import type { Engine, Query } from "../../store/engine.ts";
import type { Condition } from "../span-filter.ts";
import { listLogConditions, type LogFilter } from "./log-conditions.ts";
import { findTraceCondition } from "./trace-condition.ts";
import { endOfPage, toNextCursor, withoutSeen, type TimeCursor } from "./time-cursor.ts";
import { LOG_COLUMNS, toLogRecord, type LogRow } from "./log-row.ts";

export interface LogListQuestion {
  readonly project: string;
  /** `[fromNs, toNs)`, Unix nanoseconds. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly limit: number;
  readonly cursor?: TimeCursor | undefined;
  readonly traceId?: string | undefined;
  readonly filter: LogFilter;
}

/** Log records, newest first. Throws ComparisonError. */
export async function listLogs(
  store: Engine,
  question: LogListQuestion,
  signal?: AbortSignal,
): Promise<LogList> {
  const { limit, cursor, project, traceId } = question;
  const ofTrace =
    traceId === undefined ? [] : [await findTraceCondition(store, { project, traceId }, signal)];
  const found = await store.query<LogRow>({ ...renderLogs(question, ofTrace), signal });
  const rows = found.toSorted(compareRows);
  const rest = withoutSeen(rows, cursor);
  const page = rest.slice(0, limit);
  return {
    items: page.map((row): LogRecord => toLogRecord(row)),
    nextCursor: rest.length > limit ? toNextCursor(page, cursor) : null,
  };
}

/**
 * Ordered by time alone, the table is read from its end and no further than needed: 10 ms where an order of more columns takes 300. Rows
 * of the last one's time come too, so that their order can be told here.
 */
function renderLogs(question: LogListQuestion, ofTrace: readonly Condition[]): Query {
  const { project, fromNs, toNs, cursor, limit, filter } = question;
  const conditions = [...ofTrace, ...listLogConditions(filter)];
  return {
    sql: `SELECT
${LOG_COLUMNS}
FROM logs
WHERE project = {project:String}
  AND time >= fromUnixTimestamp64Nano({fromNs:Int64}, 'UTC') AND time < fromUnixTimestamp64Nano({toNs:Int64}, 'UTC')
${conditions.map(({ sql }) => `  AND (${sql})\n`).join("")}ORDER BY time DESC
LIMIT {limit:UInt32} WITH TIES`,
    parameters: {
      project,
      fromNs,
      toNs: endOfPage(cursor, toNs),
      limit: limit + 1 + (cursor?.skip ?? 0),
      ...Object.assign({}, ...conditions.map(({ parameters }) => parameters)),
    },
    timeoutMs: 15_000,
  };
}

/** Newest first; rows of one time in an order that stays. */
function compareRows(a: LogRow, b: LogRow): number {
  if (a.time !== b.time) return a.time < b.time ? 1 : -1;
  if (a.block !== b.block) return BigInt(a.block) < BigInt(b.block) ? 1 : -1;
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
