import type { LogList, LogRecord } from "@spanlight/contract";
import type { Engine, Query } from "../../store/engine.ts";
import type { Condition } from "../span-filter.ts";
import { parseInstant } from "../time.ts";
import { listLogConditions, type LogFilter } from "./log-conditions.ts";
import { findTraceCondition } from "./trace-condition.ts";
import { LOG_COLUMNS, toLogRecord, type LogRow } from "./log-row.ts";

/** Where a page ended: at the last record's time, after so many records of that very time. */
export interface LogCursor {
  readonly timeNs: bigint;
  readonly skip: number;
}

export interface LogListQuestion {
  readonly project: string;
  /** `[fromNs, toNs)`, Unix nanoseconds. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly limit: number;
  readonly cursor?: LogCursor | undefined;
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
  const rest = cursor === undefined ? rows : withoutSeen(rows, cursor);
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
  const endNs = cursor === undefined || cursor.timeNs >= toNs ? toNs : cursor.timeNs + 1n;
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
      toNs: endNs,
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

function withoutSeen(rows: readonly LogRow[], { timeNs, skip }: LogCursor): LogRow[] {
  let seen = 0;
  return rows.filter((row) => {
    if (seen >= skip || parseInstant(row.time) !== timeNs) return true;
    seen += 1;
    return false;
  });
}

function toNextCursor(page: readonly LogRow[], before: LogCursor | undefined): string | null {
  const last = page.at(-1);
  if (last === undefined) return null;
  const timeNs = parseInstant(last.time);
  const same = page.filter((row) => row.time === last.time).length;
  return `${timeNs}.${same + (before?.timeNs === timeNs ? before.skip : 0)}`;
}

/** Reads a cursor that a list gave; undefined for anything else. */
export function parseLogCursor(text: string): LogCursor | undefined {
  const match = /^(\d{1,19})\.(\d{1,6})$/.exec(text);
  return match === null ? undefined : { timeNs: BigInt(match[1] ?? 0), skip: Number(match[2]) };
}
