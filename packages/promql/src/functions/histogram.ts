// Classic histograms. Hot path: see the overrides in .oxlintrc.json.

/** What making the counts monotonic changed. */
export interface Repair {
  minBound: number;
  maxBound: number;
  maxDifference: number;
}

const TOLERANCE = 1e-12;
const MIN_NORMAL = 2.2250738585072014e-308;

/** Equal up to a relative error. NaN equals NaN. */
export function almostEqual(left: number, right: number, epsilon: number): boolean {
  if (left === right || (left !== left && right !== right)) return true;
  const sum = Math.abs(left) + Math.abs(right);
  const difference = Math.abs(left - right);
  if (left === 0 || right === 0 || sum < MIN_NORMAL) return difference < epsilon * MIN_NORMAL;
  return difference / Math.min(sum, Number.MAX_VALUE) < epsilon;
}

/**
 * Buckets of one histogram at one step: the first `length` upper bounds (ascending) with their
 * cumulative counts. The arrays are reused from step to step.
 */
export interface Buckets {
  readonly bounds: Float64Array;
  readonly counts: Float64Array;
  length: number;
}

/** Joins buckets of equal bound. */
function coalesce(buckets: Buckets): void {
  const { bounds, counts } = buckets;
  let kept = 0;
  for (let i = 1; i < buckets.length; i++) {
    if (bounds[i]! === bounds[kept]!) {
      counts[kept] = counts[kept]! + counts[i]!;
      continue;
    }
    kept++;
    bounds[kept] = bounds[i]!;
    counts[kept] = counts[i]!;
  }
  buckets.length = kept + 1;
}

/** Lifts counts that are lower than the one before; tiny differences are not worth a word. */
function makeMonotonic(buckets: Buckets): Repair | null {
  const { bounds, counts, length } = buckets;
  let repair: Repair | null = null;
  let before = counts[0]!;
  for (let i = 1; i < length; i++) {
    const count = counts[i]!;
    if (count === before) continue;
    if (almostEqual(before, count, TOLERANCE)) {
      counts[i] = before;
    } else if (count < before) {
      repair ??= { minBound: Infinity, maxBound: -Infinity, maxDifference: 0 };
      repair.minBound = Math.min(repair.minBound, bounds[i]!);
      repair.maxBound = Math.max(repair.maxBound, bounds[i]!);
      repair.maxDifference = Math.max(repair.maxDifference, before - count);
      counts[i] = before;
    } else {
      before = count;
    }
  }
  return repair;
}

/**
 * The q-quantile by linear interpolation inside a bucket. NaN without observations or without a
 * bucket at +Inf. May change the buckets.
 */
export function bucketQuantile(q: number, buckets: Buckets, onRepair: (repair: Repair) => void): number {
  if (q !== q) return NaN;
  if (q < 0) return -Infinity;
  if (q > 1) return Infinity;
  const { bounds, counts } = buckets;
  if (bounds[buckets.length - 1]! !== Infinity) return NaN;
  coalesce(buckets);
  const repair = makeMonotonic(buckets);
  if (repair !== null) onRepair(repair);
  const last = buckets.length - 1;
  if (last < 1) return NaN;
  const observations = counts[last]!;
  if (observations === 0) return NaN;
  let rank = q * observations;
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (counts[middle]! >= rank) high = middle;
    else low = middle + 1;
  }
  if (low === last) return bounds[last - 1]!;
  if (low === 0 && bounds[0]! <= 0) return bounds[0]!;
  const end = bounds[low]!;
  if (low === 0) return end * (rank / counts[0]!);
  const start = bounds[low - 1]!;
  rank -= counts[low - 1]!;
  return start + (end - start) * (rank / (counts[low]! - counts[low - 1]!));
}

/** The share of observations between two values, by linear interpolation. May change the buckets. */
export function bucketFraction(lower: number, upper: number, buckets: Buckets): number {
  const { bounds, counts } = buckets;
  if (bounds[buckets.length - 1]! !== Infinity) return NaN;
  coalesce(buckets);
  const total = counts[buckets.length - 1]!;
  if (total === 0 || lower !== lower || upper !== upper) return NaN;
  if (lower >= upper) return 0;
  return (rankOf(upper, buckets, total) - rankOf(lower, buckets, total)) / total;
}

/** How many observations lie below a value. */
function rankOf(value: number, buckets: Buckets, total: number): number {
  const { bounds, counts, length } = buckets;
  let rank = 0;
  for (let i = 0; i < length; i++) {
    const end = bounds[i]!;
    const start = i > 0 ? bounds[i - 1]! : bounds[0]! <= 0 ? -Infinity : 0;
    if (start >= value) return Math.min(rank, total);
    if (end > value) {
      // A bucket that reaches to -Inf cannot be interpolated: all of it lies below.
      if (start === -Infinity) return Math.min(counts[i]!, total);
      return Math.min(rank + (counts[i]! - rank) * ((value - start) / (end - start)), total);
    }
    rank = counts[i]!;
  }
  return total;
}
