import type { Engine } from "../store/engine.ts";
import type { Lookback } from "./repeated-calls.ts";

/** How far back a look for repeated calls goes, so that it costs little however fast spans come. */
export interface LookbackLimits {
  /** Milliseconds before the last look: what encloses a call comes within this time of it. */
  readonly reachMs: number;
  /** About as many rows at most, half of them ones that were looked at before. */
  readonly maxRows: number;
}

export const lookbackLimits: LookbackLimits = { reachMs: 3_600_000, maxRows: 2_000_000 };

const intervalMs = 10_000;
/** A share of the reach is enough where spans come too fast for all of it. */
const busyShare = 1 / 6;

/**
 * The spans that the next look is for: those received since `lastMs` (Unix milliseconds), as many as may be at once, and those before
 * that they are compared with. `untilMs` is `nowMs` where these are all.
 */
export async function chooseLookback(
  engine: Engine,
  { lastMs, nowMs }: { lastMs: number; nowMs: number },
  { reachMs, maxRows }: LookbackLimits = lookbackLimits,
): Promise<Omit<Lookback, "signal">> {
  const earliestMs = lastMs - reachMs;
  if ((await countRows(engine, earliestMs)) <= maxRows)
    return { sinceMs: earliestMs, newSinceMs: lastMs, untilMs: nowMs };
  const counts = await countByInterval(engine, lastMs - reachMs * busyShare);
  const untilMs = findEnd(counts, { lastMs, nowMs, maxRows: maxRows / 2 });
  return { sinceMs: findStart(counts, { lastMs, maxRows: maxRows / 2 }), newSinceMs: lastMs, untilMs };
}

/** Rows of the parts that have some received since a time: an upper bound. */
async function countRows(engine: Engine, sinceMs: number): Promise<number> {
  const [sum] = await engine.query<{ rows: string }>({
    sql: `SELECT sum(rows) AS rows FROM system.parts
WHERE database = currentDatabase() AND table = 'spans' AND active AND toUnixTimestamp(max_time) * 1000 >= {sinceMs:Int64}`,
    parameters: { sinceMs },
  });
  return Number(sum?.rows ?? 0);
}

interface Interval {
  readonly atMs: number;
  readonly rows: number;
}

async function countByInterval(engine: Engine, sinceMs: number): Promise<Interval[]> {
  const rows = await engine.query<{ atMs: string; rows: string }>({
    sql: `SELECT intDiv(toUnixTimestamp64Milli(received_at), {intervalMs:Int64}) * {intervalMs:Int64} AS atMs, count() AS rows
FROM spans WHERE received_at >= fromUnixTimestamp64Milli({sinceMs:Int64}, 'UTC') GROUP BY atMs ORDER BY atMs`,
    parameters: { sinceMs: Math.floor(sinceMs), intervalMs },
    timeoutMs: 60_000,
  });
  return rows.map((row) => ({ atMs: Number(row.atMs), rows: Number(row.rows) }));
}

/** At least one interval on, so that looks come to an end. */
function findEnd(
  counts: readonly Interval[],
  { lastMs, nowMs, maxRows }: { lastMs: number; nowMs: number; maxRows: number },
): number {
  let rows = 0;
  for (const interval of counts.filter(({ atMs }) => atMs + intervalMs > lastMs)) {
    if (rows > 0 && rows + interval.rows > maxRows) return Math.min(nowMs, interval.atMs);
    rows += interval.rows;
  }
  return nowMs;
}

function findStart(
  counts: readonly Interval[],
  { lastMs, maxRows }: { lastMs: number; maxRows: number },
): number {
  let rows = 0;
  let startMs = lastMs;
  for (const interval of counts.filter(({ atMs }) => atMs <= lastMs).toReversed()) {
    rows += interval.rows;
    if (rows > maxRows) return startMs;
    startMs = Math.min(lastMs, interval.atMs);
  }
  return startMs;
}

/** When the newest span before a time was received, in Unix milliseconds; undefined where there is none. */
export async function findNewestReceipt(engine: Engine, beforeMs: number): Promise<number | undefined> {
  const [newest] = await engine.query<{ rows: string; atMs: string }>({
    sql: `SELECT count() AS rows, toUnixTimestamp64Milli(max(received_at)) AS atMs FROM spans
WHERE received_at < fromUnixTimestamp64Milli({beforeMs:Int64}, 'UTC') AND toDate(received_at) IN (
  SELECT DISTINCT toDate(partition) AS day FROM system.parts
  WHERE database = currentDatabase() AND table = 'spans' AND active ORDER BY day DESC LIMIT 2
)`,
    parameters: { beforeMs },
  });
  return newest === undefined || newest.rows === "0" ? undefined : Number(newest.atMs);
}
