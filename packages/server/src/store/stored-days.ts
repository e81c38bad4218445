// What the tables hold by day of receipt, and of one day by part.
import type { Engine } from "./engine.ts";

export interface StoredPart {
  readonly table: string;
  readonly name: string;
  readonly bytes: number;
  /** When the newest row of it was received, ISO 8601 to the second. */
  readonly newestAt: string;
}

/** The parts of a day, what was received first in front; on a cluster those of the shard that the store's address names. */
export async function listParts(
  engine: Engine,
  tables: readonly string[],
  day: string,
): Promise<StoredPart[]> {
  const rows = await engine.query<{ table: string; name: string; bytes: string; newestAt: string }>({
    sql: `SELECT table, name, bytes_on_disk AS bytes, formatDateTime(max_time, '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS newestAt
FROM system.parts
WHERE database = currentDatabase() AND has({tables:Array(String)}, table) AND active AND partition = {day:String}
ORDER BY max_time, indexOf({tables:Array(String)}, table), max_block_number`,
    parameters: { tables: [...tables], day },
    isOfOwnShard: true,
  });
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }));
}

export interface StoredDay {
  readonly day: string;
  readonly bytes: number;
  readonly oldestAt: string;
  readonly tables: readonly { readonly name: string; readonly bytes: number; readonly parts: number }[];
}

/** The days the tables hold, oldest first. */
export async function listDays(engine: Engine, tables: readonly string[]): Promise<StoredDay[]> {
  const rows = await engine.query<{
    name: string;
    day: string;
    bytes: string;
    parts: string;
    oldestAt: string;
  }>({
    sql: `SELECT table AS name, partition AS day, sum(bytes_on_disk) AS bytes, count() AS parts,
  formatDateTime(min(min_time), '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS oldestAt FROM system.parts
WHERE database = currentDatabase() AND has({tables:Array(String)}, table) AND active AND match(partition, {day:String})
GROUP BY name, day ORDER BY day, indexOf({tables:Array(String)}, table)`,
    parameters: { tables: [...tables], day: String.raw`^\d{4}-\d\d-\d\d$` },
  });
  const byDay = new Map<string, typeof rows>();
  for (const row of rows) byDay.set(row.day, [...(byDay.get(row.day) ?? []), row]);
  return [...byDay].map(([day, found]) => ({
    day,
    tables: found.map(({ name, bytes, parts }) => ({ name, bytes: Number(bytes), parts: Number(parts) })),
    bytes: found.reduce((sum, { bytes }) => sum + Number(bytes), 0),
    oldestAt: found.map(({ oldestAt }) => oldestAt).toSorted()[0] ?? "",
  }));
}

export function sumBytes(all: readonly { readonly bytes: number }[]): number {
  return all.reduce((sum, { bytes }) => sum + bytes, 0);
}
