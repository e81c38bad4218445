import type { Engine } from "./engine.ts";
import { checkIdentifier } from "./parameters.ts";

const dayMs = 86_400_000;

/** A day of one table that was packed. */
export interface PackedDay {
  readonly table: string;
  /** `2026-11-21` */
  readonly day: string;
  readonly partsBefore: number;
  readonly bytesBefore: number;
}

/**
 * Merges each closed day into one part, once every row of it is a day old: then the tables' TTL packs it tightly in the same pass.
 * The engine by itself leaves alone what is larger than the merges of the day (`max_bytes_to_merge_at_max_space_in_pool`). Oldest
 * first; answers what was packed. Safe to be interrupted: a merge that was not finished did not happen.
 */
export async function packClosedDays(
  engine: Engine,
  options: { readonly tables: readonly string[]; readonly nowMs: number; readonly signal: AbortSignal },
): Promise<PackedDay[]> {
  const { tables, nowMs, signal } = options;
  const firstOpen = new Date(nowMs - dayMs).toISOString().slice(0, 10);
  const rows = await engine.query<{ name: string; day: string; parts: string; bytes: string }>({
    sql: `SELECT table AS name, partition AS day, count() AS parts, sum(bytes_on_disk) AS bytes FROM system.parts
WHERE database = currentDatabase() AND has({tables:Array(String)}, table) AND active AND match(partition, {day:String})
  AND partition < {firstOpen:String}
GROUP BY name, day
HAVING parts > 1 OR countIf(notEmpty(recompression_ttl_info.expression) AND default_compression_codec LIKE 'LZ4%') > 0
ORDER BY day, name`,
    parameters: { tables: [...tables], firstOpen, day: String.raw`^\d{4}-\d\d-\d\d$` },
  });
  const packed: PackedDay[] = [];
  for (const { name, day, parts, bytes } of rows) {
    if (signal.aborted) break;
    await engine.maintain(`OPTIMIZE TABLE ${checkIdentifier(name)} PARTITION '${day}' FINAL`);
    packed.push({ table: name, day, partsBefore: Number(parts), bytesBefore: Number(bytes) });
  }
  return packed;
}
