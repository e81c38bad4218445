import type { Engine } from "./engine.ts";
import { checkIdentifier } from "./parameters.ts";

const DAY_MS = 86_400_000;

export interface Retention {
  readonly table: string;
  /** Whole days of receipt that are kept beside today. */
  readonly days: number;
  /** Unix milliseconds of now. */
  readonly nowMs: number;
}

/**
 * Drops the partitions (days of receipt, UTC) that are older than the retention; answers the days dropped, oldest first.
 * Rows that are older by their own time but arrived lately stay.
 */
export async function dropExpired(engine: Engine, { table, days, nowMs }: Retention): Promise<string[]> {
  const firstKept = new Date(Math.floor(nowMs / DAY_MS) * DAY_MS - days * DAY_MS).toISOString().slice(0, 10);
  const rows = await engine.query<{ partition: string }>({
    sql: `SELECT DISTINCT partition FROM system.parts
WHERE database = currentDatabase() AND table = {table:String} AND active AND partition < {firstKept:String}
ORDER BY partition`,
    parameters: { table, firstKept },
  });
  const dropped: string[] = [];
  for (const { partition } of rows) {
    if (!/^\d{4}-\d\d-\d\d$/.test(partition)) continue; // not a day: a table of another partitioning
    await engine.command(`ALTER TABLE ${checkIdentifier(table)} DROP PARTITION '${partition}'`);
    dropped.push(partition);
  }
  return dropped;
}
