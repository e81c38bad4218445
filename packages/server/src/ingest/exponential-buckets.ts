// Exponential histograms as classic buckets, which every Prometheus query reads.
// Source: OpenTelemetry metrics data model 1.38, "ExponentialHistogram": bucket i at scale s holds (2^(i·2^-s), 2^((i+1)·2^-s)].

/** Counts by bucket index, of the values themselves and of their negatives. Never changed in place. */
export interface ExponentialBuckets {
  readonly scale: number;
  readonly zero: number;
  readonly positive: ReadonlyMap<number, number>;
  readonly negative: ReadonlyMap<number, number>;
}

type IndexRange = readonly [first: number, last: number];

/** The bounds that a series has had so far. It only grows, so that each bound stays one time series. */
export interface BoundGrid {
  readonly scale: number;
  readonly positive: IndexRange | null;
  readonly negative: IndexRange | null;
}

/** Finer than this (19 % between bounds) costs series and tells a percentile little more. */
const finestScale = 2;
/** Past this many bounds the grid is made coarser. */
const maxBounds = 160;
/** Coarser than this the base does not fit a double. */
const coarsestScale = -4;
const finestGivenScale = 20;

/** Beyond this a bound's power of two is no double: such an index is a mistake, or an attempt to make a huge grid. */
const maxExponent = 1100;

/** True where the scale is one of the specification's and every bucket lies among the doubles. */
export function isReadable(point: {
  readonly scale: number;
  readonly positive: Run;
  readonly negative: Run;
}): boolean {
  if (point.scale < coarsestScale || point.scale > finestGivenScale) return false;
  return [point.positive, point.negative].every(({ offset, counts }) => {
    const width = 2 ** -point.scale;
    return offset * width >= -maxExponent && (offset + counts.length) * width <= maxExponent;
  });
}

interface Run {
  readonly offset: number;
  readonly counts: readonly number[];
}

export function fromRuns(point: {
  readonly scale: number;
  readonly zeroCount: number;
  readonly positive: Run;
  readonly negative: Run;
}): ExponentialBuckets {
  const exact: ExponentialBuckets = {
    scale: point.scale,
    zero: point.zeroCount,
    positive: toMap(point.positive),
    negative: toMap(point.negative),
  };
  return lowerScale(exact, finestScale);
}

function toMap(run: Run): Map<number, number> {
  const map = new Map<number, number>();
  for (const [index, count] of run.counts.entries()) if (count > 0) map.set(run.offset + index, count);
  return map;
}

/** The same counts at a scale that is not finer than `scale`: 2^n buckets become one. */
function lowerScale(buckets: ExponentialBuckets, scale: number): ExponentialBuckets {
  if (buckets.scale <= scale) return buckets;
  const shift = buckets.scale - scale;
  const merge = (map: ReadonlyMap<number, number>): Map<number, number> => {
    const merged = new Map<number, number>();
    for (const [index, count] of map) merged.set(index >> shift, (merged.get(index >> shift) ?? 0) + count);
    return merged;
  };
  return { scale, zero: buckets.zero, positive: merge(buckets.positive), negative: merge(buckets.negative) };
}

export function addBuckets(first: ExponentialBuckets, second: ExponentialBuckets): ExponentialBuckets {
  const scale = Math.min(first.scale, second.scale);
  const a = lowerScale(first, scale);
  const b = lowerScale(second, scale);
  return {
    scale,
    zero: a.zero + b.zero,
    positive: addMaps(a.positive, b.positive),
    negative: addMaps(a.negative, b.negative),
  };
}

function addMaps(
  first: ReadonlyMap<number, number>,
  second: ReadonlyMap<number, number>,
): Map<number, number> {
  const sum = new Map(first);
  for (const [index, count] of second) sum.set(index, (sum.get(index) ?? 0) + count);
  return sum;
}

/** The smallest grid that holds the grid before and the buckets, coarser where it would have too many bounds. */
export function widenGrid(before: BoundGrid | null, buckets: ExponentialBuckets): BoundGrid {
  const start = before ?? { scale: finestScale, positive: null, negative: null };
  const scale = Math.min(start.scale, buckets.scale);
  const lowered = lowerScale(buckets, scale);
  const coarse = lowerGrid(start, scale);
  let grid: BoundGrid = {
    scale,
    positive: widen(coarse.positive, lowered.positive),
    negative: widen(coarse.negative, lowered.negative),
  };
  while (countBounds(grid) > maxBounds && grid.scale > coarsestScale) grid = lowerGrid(grid, grid.scale - 1);
  return grid;
}

function lowerGrid(grid: BoundGrid, scale: number): BoundGrid {
  const shift = grid.scale - scale;
  return { scale, positive: shiftRange(grid.positive, shift), negative: shiftRange(grid.negative, shift) };
}

function countBounds({ positive, negative }: BoundGrid): number {
  return (
    (positive === null ? 0 : positive[1] - positive[0] + 1) +
    (negative === null ? 0 : negative[1] - negative[0] + 1)
  );
}

function shiftRange(range: IndexRange | null, shift: number): IndexRange | null {
  return range === null ? null : [range[0] >> shift, range[1] >> shift];
}

function widen(range: IndexRange | null, counts: ReadonlyMap<number, number>): IndexRange | null {
  let [first, last] = range ?? [Infinity, -Infinity];
  for (const index of counts.keys()) {
    first = Math.min(first, index);
    last = Math.max(last, index);
  }
  return first > last ? null : [first, last];
}

/** Cumulative counts at the grid's bounds in ascending order, without +Inf. */
export function toCumulative(
  buckets: ExponentialBuckets,
  grid: BoundGrid,
): { readonly bound: number; readonly count: number }[] {
  const { scale, zero, positive, negative } = lowerScale(buckets, grid.scale);
  const edge = (index: number): number => 2 ** (index * 2 ** -scale);
  const found: { bound: number; count: number }[] = [];
  let count = 0;
  const add = (bound: number, more: number): void => {
    count += more;
    if (found.at(-1)?.bound === bound) found.pop(); // edges below the smallest double fall together
    if (Number.isFinite(bound)) found.push({ bound, count });
  };
  if (grid.negative !== null) {
    const [first, last] = grid.negative;
    for (let index = last; index >= first; index -= 1) add(-edge(index), negative.get(index) ?? 0);
  }
  add(grid.positive === null ? 0 : edge(grid.positive[0]), zero);
  if (grid.positive !== null) {
    const [first, last] = grid.positive;
    for (let index = first; index <= last; index += 1) add(edge(index + 1), positive.get(index) ?? 0);
  }
  return found;
}
