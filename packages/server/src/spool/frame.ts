/** Where the rows of one table lie in the segment's file of that table. */
export interface FramePart {
  readonly offset: number;
  readonly length: number;
  /** CRC-32 of the bytes: the Native format has no checksum of its own. */
  readonly crc: number;
  readonly rows: number;
}

export type Signal = "traces" | "metrics" | "logs";

/** What a group of requests of one key amounted to for one signal: received = accepted + Σ rejected + duplicates. */
export interface FrameCounts {
  readonly signal: Signal;
  readonly project: string;
  /** Id of the key the requests came with; absent where they came without one, and in frames of versions that did not tell keys apart. */
  readonly keyId?: string | undefined;
  readonly received: number;
  readonly accepted: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly duplicates: number;
  /** Of the accepted ones those without a known price, and those that came long after they ended. */
  readonly unpriced?: number;
  readonly late?: number;
}

/** The reason of items that were acknowledged, and whose bytes the disk lost before the store had them. */
const lostReason = "lost_in_spool";

/** What remains of a frame whose rows are lost: its items are counted as such, and its requests may be sent again. */
export function toLostFrame({ at, counts }: Frame): Frame {
  return {
    at,
    parts: {},
    counts: counts.map((count) => ({
      ...count,
      accepted: 0,
      rejected: { ...count.rejected, [lostReason]: (count.rejected[lostReason] ?? 0) + count.accepted },
      unpriced: 0,
      late: 0,
    })),
    requests: [],
  };
}

/** One group commit: what was written, what it counts, and which requests it holds. */
export interface Frame {
  /** Unix milliseconds. */
  readonly at: number;
  /** By table. */
  readonly parts: Readonly<Record<string, FramePart>>;
  readonly counts: readonly FrameCounts[];
  /** Fingerprints of the requests, by which one that is sent again is known. */
  readonly requests: readonly string[];
}

/** The counts of several frames, one for each signal and key. */
export function addFrames(frames: readonly Frame[]): FrameCounts[] {
  return sumCounts(frames.flatMap(({ counts }) => counts.map((count) => ({ count, sign: 1 }))));
}

/** What is left of counts when others are taken from them; those of which nothing is left are left out. */
export function subtractCounts(
  counts: readonly FrameCounts[],
  others: readonly FrameCounts[],
): FrameCounts[] {
  const signed = [
    ...counts.map((count) => ({ count, sign: 1 })),
    ...others.map((count) => ({ count, sign: -1 })),
  ];
  return sumCounts(signed).filter(({ received }) => received > 0);
}

function sumCounts(
  signed: ReadonlyArray<{ readonly count: FrameCounts; readonly sign: number }>,
): FrameCounts[] {
  const sums = new Map<string, FrameCounts>();
  for (const { count, sign } of signed) {
    const key = `${count.signal} ${count.project} ${count.keyId ?? ""}`;
    const { received, accepted, duplicates, rejected, unpriced = 0, late = 0 } = sums.get(key) ?? nothing;
    sums.set(key, {
      signal: count.signal,
      project: count.project,
      keyId: count.keyId,
      received: received + sign * count.received,
      accepted: accepted + sign * count.accepted,
      duplicates: duplicates + sign * count.duplicates,
      rejected: addReasons(rejected, count.rejected, sign),
      unpriced: unpriced + sign * (count.unpriced ?? 0),
      late: late + sign * (count.late ?? 0),
    });
  }
  return [...sums.values()];
}

const nothing: Omit<FrameCounts, "signal" | "project"> = {
  received: 0,
  accepted: 0,
  duplicates: 0,
  rejected: {},
};

function addReasons(
  rejected: FrameCounts["rejected"],
  others: FrameCounts["rejected"],
  sign: number,
): Record<string, number> {
  const sums = { ...rejected };
  for (const [reason, items] of Object.entries(others)) sums[reason] = (sums[reason] ?? 0) + sign * items;
  return Object.fromEntries(Object.entries(sums).filter(([, items]) => items !== 0));
}
