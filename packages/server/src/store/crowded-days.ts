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

/** Most bytes of tables whose retention has a limit: no merge makes more of it one part, which only goes whole. */
export type SizeLimits = ReadonlyMap<string, number>;
const partsPerLimit = 16;

/** A table whose largest merge was changed. */
export interface ChangedMerges {
  readonly table: string;
  readonly parts: number;
  /** 0 = the engine's own. */
  readonly mergeBytes: number;
}

const setting = "max_bytes_to_merge_at_max_space_in_pool";

/**
 * Hours at full speed leave thousands of parts that are too large to be merged within their day: then merges are let grow until
 * they have caught up. Where the table may only take so many bytes merges stay well below that. Answers what was changed.
 */
export async function relieveCrowdedDays(
  engine: Engine,
  options: { readonly crowd?: CrowdLimits; readonly sizes?: SizeLimits } = {},
): Promise<ChangedMerges[]> {
  const { crowd = defaultLimits, sizes = new Map<string, number>() } = options;
  const rows = await engine.query<{ name: string; parts: string; settings: string }>({
    sql: `SELECT replaceRegexpOne(t.name, '_local$', '') AS name, p.parts AS parts, t.engine_full AS settings
FROM system.tables AS t
LEFT JOIN (
  SELECT table, max(parts) AS parts FROM (
    SELECT table, partition, count() AS parts FROM system.parts WHERE database = currentDatabase() AND active GROUP BY table, partition
  ) GROUP BY table
) AS p ON p.table = replaceRegexpOne(t.name, '_local$', '')
WHERE t.database = currentDatabase() AND t.engine LIKE '%MergeTree' AND t.partition_key = 'toDate(received_at)'
ORDER BY name`,
  });
  const changed: ChangedMerges[] = [];
  for (const { name, parts, settings } of rows) {
    const table = { name, parts: Number(parts), mergeBytes: readMergeBytes(settings) };
    const mergeBytes = chooseMergeBytes(table, crowd, sizes.get(name));
    if (mergeBytes === undefined) continue;
    const change =
      mergeBytes === 0 ? `RESET SETTING ${setting}` : `MODIFY SETTING ${setting} = ${mergeBytes}`;
    await engine.command(`ALTER TABLE ${checkIdentifier(name)} ${change}`);
    changed.push({ table: name, parts: table.parts, mergeBytes });
  }
  return changed;
}

/** Undefined where it stays as it is. */
function chooseMergeBytes(
  { name, parts, mergeBytes }: { name: string; parts: number; mergeBytes: number },
  { crowded, relieved }: CrowdLimits,
  maxBytes = Infinity,
): number | undefined {
  const most = Math.max(1, Math.floor(maxBytes / partsPerLimit));
  const { [name]: usual } = mergeBytesOf;
  if (usual === undefined) {
    const own = most === Infinity ? 0 : most;
    return mergeBytes === own ? undefined : own;
  }
  const ordinary = Math.min(usual, most);
  const grown = Math.min(relievedMergeBytes, most);
  if (parts > crowded && mergeBytes < grown) return grown;
  return parts <= relieved && mergeBytes !== ordinary ? ordinary : undefined;
}

/** 0 where the table leaves it to the engine. */
function readMergeBytes(settings: string): number {
  return Number(new RegExp(`${setting} = (\\d+)`).exec(settings)?.[1] ?? 0);
}
