import type { Engine } from "./engine.ts";
import { checkIdentifier } from "./parameters.ts";

const dayMs = 86_400_000;

/** How long, and how much, the tables that belong together keep. Their partitions are days of receipt, UTC. */
export interface RetentionRule {
  readonly name: string;
  /** In the order a day is dropped in: what leads to another table's rows first. */
  readonly tables: readonly string[];
  /** Whole days of receipt that are kept beside today; null = for good. */
  readonly days: number | null;
  /** Most bytes on disk of the tables together; null = as many as there are. Today's rows stay whatever they take. */
  readonly maxBytes: number | null;
}

/** A day of one table that was dropped. */
export interface DroppedDay {
  readonly rule: string;
  readonly table: string;
  /** `2026-11-21` */
  readonly day: string;
  readonly bytes: number;
  readonly reason: "age" | "size";
}

export interface RetentionOutcome {
  readonly dropped: readonly DroppedDay[];
  /** What the tables take after it. */
  readonly bytes: number;
  readonly oldestDay: string | null;
}

/**
 * Drops the days that are older than the rule keeps, then the oldest ones until the rest fits its size. Rows that are older by
 * their own time but arrived lately stay.
 */
export async function applyRetention(
  engine: Engine,
  rule: RetentionRule,
  nowMs: number,
): Promise<RetentionOutcome> {
  const today = toDay(nowMs);
  const firstKept = rule.days === null ? "" : toDay(nowMs - rule.days * dayMs);
  const days = await listDays(engine, rule.tables);
  const dropped: DroppedDay[] = [];
  let bytes = days.reduce((sum, day) => sum + day.bytes, 0);
  for (const { day, tables, bytes: dayBytes } of days) {
    const reason = day < firstKept ? "age" : isTooLarge(bytes, rule) ? "size" : undefined;
    if (reason === undefined || day >= today) break;
    for (const table of tables) {
      await engine.command(`ALTER TABLE ${checkIdentifier(table.name)} DROP PARTITION '${day}'`);
      dropped.push({ rule: rule.name, table: table.name, day, bytes: table.bytes, reason });
    }
    bytes -= dayBytes;
  }
  const gone = new Set(dropped.map(({ day }) => day));
  return { dropped, bytes, oldestDay: days.find(({ day }) => !gone.has(day))?.day ?? null };
}

function isTooLarge(bytes: number, { maxBytes }: RetentionRule): boolean {
  return maxBytes !== null && bytes > maxBytes;
}

interface StoredDay {
  readonly day: string;
  readonly bytes: number;
  readonly tables: readonly { readonly name: string; readonly bytes: number }[];
}

/** The days the tables hold, oldest first. */
async function listDays(engine: Engine, tables: readonly string[]): Promise<StoredDay[]> {
  const rows = await engine.query<{ name: string; day: string; bytes: string }>({
    sql: `SELECT table AS name, partition AS day, sum(bytes_on_disk) AS bytes FROM system.parts
WHERE database = currentDatabase() AND has({tables:Array(String)}, table) AND active AND match(partition, {day:String})
GROUP BY name, day ORDER BY day, indexOf({tables:Array(String)}, table)`,
    parameters: { tables: [...tables], day: String.raw`^\d{4}-\d\d-\d\d$` },
  });
  const byDay = new Map<string, { name: string; bytes: number }[]>();
  for (const { name, day, bytes } of rows) {
    const found = byDay.get(day) ?? [];
    found.push({ name, bytes: Number(bytes) });
    byDay.set(day, found);
  }
  return [...byDay].map(([day, found]) => ({
    day,
    tables: found,
    bytes: found.reduce((sum, table) => sum + table.bytes, 0),
  }));
}

/** The day of a moment in UTC. */
function toDay(unixMs: number): string {
  return new Date(unixMs).toISOString().slice(0, 10);
}
