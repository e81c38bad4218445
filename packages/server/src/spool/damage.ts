// What a start found damaged, and in which words the log has it.
import type { Log } from "./inserter.ts";
import type { Damage, FoundSegment } from "./recover.ts";
import type { PresentBlocks } from "./lost-data.ts";

/** What was found in the spool's directory and in the store. */
interface Found {
  readonly segments: readonly FoundSegment[];
  readonly present: PresentBlocks;
  /** Blocks up to this one are counted already. */
  readonly throughBlock: number;
  readonly isCheckpointDamaged: boolean;
}

export interface StartDamage extends Damage {
  /** Blocks that the store has and nothing in the spool has counts of: its directory is younger than the store, or of an older copy. */
  readonly uncountedBlocks: number;
}

export function sumDamage(found: Found): StartDamage {
  const { segments, present, throughBlock, isCheckpointDamaged } = found;
  const newest = segments.at(-1)?.block;
  const uncountedBlocks = countUncounted(found);
  const sum = { frames: Number(isCheckpointDamaged), unaccountedBytes: 0, uncountedBlocks };
  for (const { block, damage, isEmptied } of segments) {
    // The newest one may have been made when a kill came; the store has no block of such a one.
    const isLost = isEmptied && block > throughBlock && (block !== newest || isStored(present, block));
    sum.frames += damage.frames + Number(isLost);
    sum.unaccountedBytes += damage.unaccountedBytes;
  }
  return sum;
}

export function logDamage(
  { frames, unaccountedBytes, uncountedBlocks }: StartDamage,
  { log, directory }: { readonly log: Log; readonly directory: string },
): void {
  if (frames > 0) {
    const keptIn = `${directory}/quarantine`;
    log("error", "spool damaged", { damagedFrames: frames, unaccountedBytes, keptIn });
  }
  if (uncountedBlocks > 0)
    log("warn", "blocks in the store that the accounting lacks", { blocks: uncountedBlocks });
}

function countUncounted({ segments, present, throughBlock }: Found): number {
  const counted = new Set(segments.map(({ block }) => block));
  const stored = new Set([...present.values()].flatMap((blocks) => [...blocks].map(Number)));
  return [...stored].filter((block) => block > throughBlock && !counted.has(block)).length;
}

/** The highest number of a block that the store has, or `least` where that is higher. */
export function findHighest(present: PresentBlocks, least: number): number {
  let highest = least;
  for (const blocks of present.values())
    for (const block of blocks) highest = Math.max(highest, Number(block));
  return highest;
}

function isStored(present: PresentBlocks, block: number): boolean {
  return [...present.values()].some((blocks) => blocks.has(BigInt(block)));
}
