import type { Engine } from "./engine.ts";
import { checkIdentifier } from "./parameters.ts";

/** Numbers of parts in one day of one table. */
export interface CrowdLimits {
  /** Above it larger parts are merged too. */
  readonly crowded: number;
  /** Until there are no more than this. */
  readonly relieved: number;
}

/** The engine slows inserts at 5,000 (schema/). */
const defaultLimits: CrowdLimits = { crowded: 1500, relieved: 500 };
/** Merges of a crowded day are up to this large. */
const relievedMergeBytes = 1_073_741_824;

/** The largest merges of the day by table, as in the schema: a full segment is larger, so it is merged once, when its day is over. */
export const mergeBytesOf: Readonly<Record<string, number>> = {
  spans: 6_291_456,
  contents: 16_777_216,
};

/** A table whose largest merge was changed. */
export interface ChangedMerges {
  readonly table: string;
  readonly parts: number;
  readonly mergeBytes: number;
}

/**
 * Hours at full speed leave thousands of parts that are too large to be merged within their day: then merges are let grow until
 * they have caught up. Answers what was changed.
 */
export async function relieveCrowdedDays(
  engine: Engine,
  limits: CrowdLimits = defaultLimits,
): Promise<ChangedMerges[]> {
  const rows = await engine.query<{ name: string; parts: string; settings: string }>({
    sql: `SELECT t.name AS name, p.parts AS parts, t.engine_full AS settings
FROM system.tables AS t
INNER JOIN (
  SELECT table, max(parts) AS parts FROM (
    SELECT table, partition, count() AS parts FROM system.parts WHERE database = currentDatabase() AND active GROUP BY table, partition
  ) GROUP BY table
) AS p ON p.table = t.name
WHERE t.database = currentDatabase() AND has({tables:Array(String)}, t.name)`,
    parameters: { tables: Object.keys(mergeBytesOf) },
  });
  const changed: ChangedMerges[] = [];
  for (const { name, parts, settings } of rows) {
    const mergeBytes = chooseMergeBytes(
      { name, parts: Number(parts), mergeBytes: readMergeBytes(settings) },
      limits,
    );
    if (mergeBytes === undefined) continue;
    await engine.command(
      `ALTER TABLE ${checkIdentifier(name)} MODIFY SETTING max_bytes_to_merge_at_max_space_in_pool = ${mergeBytes}`,
    );
    changed.push({ table: name, parts: Number(parts), mergeBytes });
  }
  return changed;
}

/** Undefined where it stays as it is. */
function chooseMergeBytes(
  { name, parts, mergeBytes }: { name: string; parts: number; mergeBytes: number },
  { crowded, relieved }: CrowdLimits,
): number | undefined {
  const ordinary = mergeBytesOf[name] ?? mergeBytes;
  if (parts > crowded && mergeBytes < relievedMergeBytes) return relievedMergeBytes;
  return parts <= relieved && mergeBytes !== ordinary ? ordinary : undefined;
}

function readMergeBytes(settings: string): number {
  return Number(/max_bytes_to_merge_at_max_space_in_pool = (\d+)/.exec(settings)?.[1] ?? 0);
}
