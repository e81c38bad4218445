import { formatBound } from "../normalise/prometheus-name.ts";
import { appendParts, bucketSeries, countSeries, sumSeries, type Part } from "./append-parts.ts";
import { accumulate, type PointToAppend } from "./append-point.ts";
import type { MetricTranslator } from "./metric-translator.ts";
import type { RunningTotals } from "./series-registry.ts";
import type { Series } from "./series.ts";

/** Writes a point of a histogram with explicit bounds. Answers why it cannot be stored, or null. */
export function appendHistogram(translator: MetricTranslator, item: PointToAppend): string | null {
  const { bytes, view, point } = item;
  if (view.isStale) {
    translator.appendStale(point, view.timeMs);
    return null;
  }
  const bounds = view.bucketCounts.length > 0 ? view.bounds : [];
  const fault = findFault(translator, item, bounds);
  if (fault !== null) return fault;
  const sum = view.sumAt < 0 ? null : bytes.readDoubleLE(view.sumAt);
  let totals: Omit<RunningTotals, "timeMs"> = toTotals(item, sum, null);
  let beginsAtZero = false;
  if (translator.metricContext.isDelta) {
    const added = accumulate(translator, item, (before) => toTotals(item, sum, before));
    if ("fault" in added) return added.fault;
    ({ totals } = added);
    beginsAtZero = added.isFirst;
  }
  const buckets = findBuckets(translator, item, bounds);
  const list = toBucketParts(buckets, bounds, totals);
  if (sum !== null) list.push({ series: sumSeries(translator, item), value: totals.sum });
  list.push({ series: countSeries(translator, item), value: totals.count });
  appendParts(translator, item, { list, beginsAtZero });
  translator.appendExemplars(bytes, view, (value) => findBucket(buckets, bounds, value));
  return null;
}

function findFault(
  translator: MetricTranslator,
  { view, point }: PointToAppend,
  bounds: readonly number[],
): string | null {
  const counts = view.bucketCounts.length;
  if (counts > 0 && counts !== bounds.length + 1) return "invalid_histogram";
  if (isSame(point.buckets?.bounds, bounds)) return null;
  if (!isIncreasing(bounds)) return "invalid_histogram";
  return translator.block.registry.hasRoom(bounds.length + 3) ? null : "too_many_series";
}

function toTotals(
  { view }: PointToAppend,
  sum: number | null,
  before: RunningTotals | null,
): Omit<RunningTotals, "timeMs"> {
  const isSameLayout = before !== null && isSame(before.bounds, view.bounds);
  const buckets = isSameLayout
    ? view.bucketCounts.map((count, index) => count + (before.buckets[index] ?? 0))
    : [...view.bucketCounts];
  return {
    count: view.count + (isSameLayout ? before.count : 0),
    sum: (sum ?? 0) + (isSameLayout ? before.sum : 0),
    bounds: [...view.bounds],
    buckets,
    exponential: null,
  };
}

/** Series of the bounds in order, +Inf last; remembered for as long as the bounds stay the same. */
function findBuckets(
  translator: MetricTranslator,
  item: PointToAppend,
  bounds: readonly number[],
): readonly Series[] {
  const { point } = item;
  if (point.buckets !== null && isSame(point.buckets.bounds, bounds)) return point.buckets.series;
  const finite = bounds.filter((bound) => bound !== Infinity);
  const series = [...finite, Infinity].map((bound) => bucketSeries(translator, item, bound).series);
  point.buckets = { bounds: [...bounds], series };
  return series;
}

function toBucketParts(
  buckets: readonly Series[],
  bounds: readonly number[],
  totals: Omit<RunningTotals, "timeMs">,
): Part[] {
  let cumulative = 0;
  return buckets.map((series, index) => {
    cumulative += totals.buckets[index] ?? 0;
    const isLast = index === buckets.length - 1;
    const bound = isLast ? Infinity : (bounds[index] ?? Infinity);
    return { series, label: ["le", formatBound(bound)], value: isLast ? totals.count : cumulative };
  });
}

function findBucket(buckets: readonly Series[], bounds: readonly number[], value: number): Series {
  const index = bounds.findIndex((bound) => value <= bound);
  const found = buckets[index < 0 ? buckets.length - 1 : index] ?? buckets.at(-1);
  if (found === undefined) throw new RangeError("a histogram has at least its bucket of +Inf");
  return found;
}

function isSame(first: readonly number[] | undefined, second: readonly number[]): boolean {
  return (
    first !== undefined &&
    first.length === second.length &&
    first.every((each, index) => each === second[index])
  );
}

function isIncreasing(bounds: readonly number[]): boolean {
  return bounds.every((bound, index) => index === 0 || bound > (bounds[index - 1] ?? Infinity));
}
