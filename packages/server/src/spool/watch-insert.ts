import { projectsOf } from "./accounts.ts";
import type { Frame, FrameCounts } from "./frame.ts";
import { insertSegment, type InserterOptions, type SealedSegment } from "./inserter.ts";

/** A segment on its way into the store, for who watches it. */
export interface InsertedSegment {
  readonly block: number;
  readonly tables: readonly string[];
  /** Of all tables together. */
  readonly rows: number;
  readonly bytes: number;
  /** Since its first request was acknowledged. */
  readonly waitedMs: number;
  /** True where an earlier process acknowledged it. */
  readonly isReplayed: boolean;
  readonly counts: readonly FrameCounts[];
}

/** A segment that can be read in the store. */
export interface StoredSegment {
  readonly block: number;
  /** The projects it has rows or rejects of. */
  readonly projects: ReadonlySet<string>;
  /** When its first request was acknowledged, Unix milliseconds. */
  readonly oldestAtMs: number;
  readonly counts: readonly FrameCounts[];
}

/** Runs the storing of a segment, once; for who watches it. Answers whether it is stored. */
export type AroundInsert = (segment: InsertedSegment, insert: () => Promise<boolean>) => Promise<boolean>;

interface WatchOptions {
  readonly aroundInsert?: AroundInsert | undefined;
  /** Unix milliseconds. */
  readonly now: () => number;
}

interface KnownSegment extends SealedSegment {
  readonly frames: readonly Frame[];
  readonly bytes: number;
  readonly isFresh: boolean;
}

/** Stores the segment, watched by whoever wants to. Resolves false when told to stop before it succeeded. */
export function insertWatched(
  segment: KnownSegment,
  inserter: InserterOptions,
  { aroundInsert = (_segment, insert) => insert(), now }: WatchOptions,
): Promise<boolean> {
  return aroundInsert(describeSegment(segment, now()), () =>
    insertSegment(segment, inserter, segment.isFresh),
  );
}

function describeSegment(segment: KnownSegment, nowMs: number): InsertedSegment {
  const { block, tables, frames, bytes, isFresh } = segment;
  const parts = frames.flatMap((frame) => Object.values(frame.parts));
  return {
    block,
    tables,
    rows: parts.reduce((sum, part) => sum + part.rows, 0),
    bytes,
    waitedMs: Math.max(0, nowMs - (frames[0]?.at ?? nowMs)),
    isReplayed: !isFresh,
    counts: countsOf(frames),
  };
}

export function toStoredSegment({ block, frames, receivedAtMs }: KnownSegment): StoredSegment {
  const oldestAtMs = frames[0]?.at ?? receivedAtMs;
  return { block, projects: projectsOf(frames), oldestAtMs, counts: countsOf(frames) };
}

function countsOf(frames: readonly Frame[]): FrameCounts[] {
  return frames.flatMap(({ counts }) => counts);
}
