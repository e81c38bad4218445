// Data files that are not there any more although the store never had them.
import type { Engine } from "../store/engine.ts";
import { checkIdentifier } from "../store/parameters.ts";
import { toLostFrame, type Frame } from "./frame.ts";
import type { FoundSegment } from "./recover.ts";
import { repairSegment } from "./repair.ts";

/** The blocks that the tables of the store have. */
export type PresentBlocks = ReadonlyMap<string, ReadonlySet<bigint>>;

/**
 * Counts frames as lost, for good, of which a data file is gone that the store never had; what other tables have of them is stored all
 * the same. Answers the segment as it is then.
 */
export async function writeOffLost(
  segment: FoundSegment,
  spool: { directory: string; engine: Engine; now: () => number; present: PresentBlocks },
): Promise<{ found: FoundSegment; lostFrames: number }> {
  const lost: string[] = [];
  for (const table of listGone(segment, spool.present))
    if (!(await mayHaveExpired(segment, table, spool))) lost.push(table);
  const isLost = (frame: Frame): boolean => lost.some((table) => frame.parts[table] !== undefined);
  const lostFrames = segment.frames.filter((frame) => isLost(frame)).length;
  if (lostFrames === 0) return { found: segment, lostFrames };
  const frames = segment.frames.map((frame) => (isLost(frame) ? writeOff(frame, segment.tables) : frame));
  await repairSegment(spool.directory, segment.block, { sound: frames, tables: segment.tables });
  return { found: { ...segment, frames }, lostFrames };
}

/** Tables that the segment's frames have rows of, and neither a file nor the store has. */
function listGone(segment: FoundSegment, present: PresentBlocks): string[] {
  const named = new Set(segment.frames.flatMap((frame) => Object.keys(frame.parts)));
  return [...named].filter(
    (table) => !segment.tables.includes(table) && present.get(table)?.has(BigInt(segment.block)) === false,
  );
}

const dayMs = 86_400_000;

/**
 * True where the store may have had the block and dropped it before dropped blocks were noted (`dropped_blocks`): whole days went then, the
 * oldest first, never today's. A block is known to be lost while the table has an older one, or the segment is of today.
 */
async function mayHaveExpired(
  segment: FoundSegment,
  table: string,
  { engine, now }: { engine: Engine; now: () => number },
): Promise<boolean> {
  const writtenMs = segment.frames.at(-1)?.at ?? 0;
  if (Math.floor(writtenMs / dayMs) === Math.floor(now() / dayMs)) return false;
  const [row] = await engine.query<{ oldest: string; rows: string }>({
    sql: `SELECT min(block) AS oldest, count() AS rows FROM ${checkIdentifier(table)}`,
    timeoutMs: 120_000,
  });
  return row === undefined || row.rows === "0" || BigInt(row.oldest) > BigInt(segment.block);
}

function writeOff(frame: Frame, tables: readonly string[]): Frame {
  const parts = Object.entries(frame.parts).filter(([table]) => tables.includes(table));
  return { ...toLostFrame(frame), parts: Object.fromEntries(parts) };
}
