import type { Durations as DurationSummary } from "@spanlight/contract";

/** Ten steps a decade from 0.1 ms to a day and more: a quarter from one to the next, 1, 2.5 and 5 among them. */
const steps = [1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.4, 8];
const firstDecade = -1;
const lastDecade = 7;

/** Upper bounds of the buckets in milliseconds; what is longer than the last goes into one bucket more. */
export const durationBoundsMs: readonly number[] = Array.from(
  { length: lastDecade - firstDecade + 1 },
  (_, index) => steps.map((step) => Number((step * 10 ** (firstDecade + index)).toPrecision(3))),
).flat();

const bucketCount = durationBoundsMs.length + 1;
const sliceMs = 60_000;
const sliceCount = 15;

/** How far back `summarise` looks: so many minutes that have begun. */
export const windowMs: number = sliceMs * sliceCount;

/** One minute of the recent past. */
interface Slice {
  /** Number of the minute on the clock of whoever records. */
  minute: number;
  maxMs: number;
  readonly counts: Uint32Array;
}

/** Durations of one kind, counted since the start and for the last minutes. Recording one takes no memory. */
export class Durations {
  /** Since the start, by bucket. */
  readonly counts: Float64Array = new Float64Array(bucketCount);
  /** Since the start. */
  sumMs = 0;
  /** By minute modulo their number, made when they are first needed. */
  readonly slices: (Slice | undefined)[] = [];

  /** `atMs` is now, on any clock that only goes forward and is the same every time. */
  record(durationMs: number, atMs: number): void {
    const ms = durationMs > 0 ? durationMs : 0; // a clock that was put back, or no number
    const bucket = findBucket(ms);
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sumMs += ms;
    const slice = this.openSlice(Math.floor(atMs / sliceMs));
    slice.counts[bucket] = (slice.counts[bucket] ?? 0) + 1;
    if (ms > slice.maxMs) slice.maxMs = ms;
  }

  /** How many there were in the last minutes. */
  countRecent(atMs: number): number {
    let count = 0;
    for (const slice of listRecent([this], atMs)) for (const counted of slice.counts) count += counted;
    return count;
  }

  private openSlice(minute: number): Slice {
    const index = minute % sliceCount;
    const slice = (this.slices[index] ??= { minute, maxMs: 0, counts: new Uint32Array(bucketCount) });
    if (slice.minute !== minute) {
      slice.minute = minute;
      slice.maxMs = 0;
      slice.counts.fill(0);
    }
    return slice;
  }
}

/** Index of the first bound that is not below. */
function findBucket(ms: number): number {
  let low = 0;
  let high = bucketCount - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ms <= (durationBoundsMs[middle] ?? Infinity)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function* listRecent(all: Iterable<Durations>, atMs: number): Generator<Slice> {
  const oldest = Math.floor(atMs / sliceMs) - sliceCount;
  for (const { slices } of all)
    for (const slice of slices) if (slice !== undefined && slice.minute > oldest) yield slice;
}

/** The durations of the last minutes, of several kinds together. */
export function summarise(all: Iterable<Durations>, atMs: number): DurationSummary {
  const counts = new Float64Array(bucketCount);
  let maxMs = 0;
  for (const slice of listRecent(all, atMs)) {
    maxMs = Math.max(maxMs, slice.maxMs);
    for (const [bucket, counted] of slice.counts.entries()) counts[bucket] = (counts[bucket] ?? 0) + counted;
  }
  const count = counts.reduce((sum, counted) => sum + counted, 0);
  if (count === 0) return { count, p50Ms: null, p95Ms: null, p99Ms: null, maxMs: null };
  const at = (quantile: number): number =>
    round(findQuantile(counts, { rank: Math.ceil(quantile * count), maxMs }));
  return { count, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: round(maxMs) };
}

/** Where the `rank`th of them lies, as if those of a bucket were spread evenly over it, up to the longest. */
function findQuantile(counts: Float64Array, { rank, maxMs }: { rank: number; maxMs: number }): number {
  let below = 0;
  for (const [bucket, counted] of counts.entries()) {
    if (counted > 0 && below + counted >= rank) {
      const from = durationBoundsMs[bucket - 1] ?? 0;
      const to = Math.min(maxMs, durationBoundsMs[bucket] ?? maxMs);
      return from + ((to - from) * (rank - below)) / counted;
    }
    below += counted;
  }
  return maxMs;
}

/** To a thousandth of a millisecond. */
function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
