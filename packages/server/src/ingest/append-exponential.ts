import { appendParts, bucketSeries, countSeries, sumSeries, type Part } from "./append-parts.ts";
import { accumulate, type PointToAppend } from "./append-point.ts";
import {
  addBuckets,
  fromRuns,
  isReadable,
  toCumulative,
  widenGrid,
  type ExponentialBuckets,
} from "./exponential-buckets.ts";
import type { MetricTranslator } from "./metric-translator.ts";
import type { RunningTotals } from "./series-registry.ts";
import type { Series } from "./series.ts";

/** Writes a point of an exponential histogram as classic buckets. Answers why it cannot be stored, or null. */
export function appendExponential(translator: MetricTranslator, item: PointToAppend): string | null {
  const { bytes, view, point } = item;
  if (view.isStale) {
    translator.appendStale(point, view.timeMs);
    return null;
  }
  if (!isReadable(view)) return "invalid_histogram";
  const sum = view.sumAt < 0 ? null : bytes.readDoubleLE(view.sumAt);
  const given = fromRuns(view);
  const grid = widenGrid(point.grid, given);
  const missing = toCumulative(given, grid).length + 3 - point.series.size;
  if (missing > 0 && !translator.block.registry.hasRoom(missing)) return "too_many_series";
  const own = { count: view.count, sum: sum ?? 0, bounds: [], buckets: [], exponential: given };
  let totals: Omit<RunningTotals, "timeMs"> = own;
  let beginsAtZero = false;
  if (translator.metricContext.isDelta) {
    const added = accumulate(translator, item, (before) => addTotals(before, own));
    if ("fault" in added) return added.fault;
    ({ totals } = added);
    beginsAtZero = added.isFirst;
  }
  const isCoarser = point.grid !== null && point.grid.scale !== grid.scale;
  point.grid = grid;
  const buckets = toBuckets(translator, item, totals);
  if (isCoarser) endOthers(translator, item, new Set(buckets.map(({ series }) => series)));
  const list: Part[] = [...buckets];
  if (sum !== null) list.push({ series: sumSeries(translator, item), value: totals.sum });
  list.push({ series: countSeries(translator, item), value: totals.count });
  appendParts(translator, item, { list, beginsAtZero });
  translator.appendExemplars(bytes, view, (value) => findBucket(buckets, value));
  return null;
}

function toBuckets(
  translator: MetricTranslator,
  item: PointToAppend,
  totals: Omit<RunningTotals, "timeMs">,
): (Part & { readonly bound: number })[] {
  const { grid } = item.point;
  const { exponential } = totals;
  const finite = grid === null || exponential === null ? [] : toCumulative(exponential, grid);
  return [...finite, { bound: Infinity, count: totals.count }].map(({ bound, count }) => ({
    bound,
    ...bucketSeries(translator, item, bound),
    value: count,
  }));
}

function addTotals(
  before: RunningTotals | null,
  own: Omit<RunningTotals, "timeMs"> & { exponential: ExponentialBuckets },
): Omit<RunningTotals, "timeMs"> {
  if (before === null) return own;
  return {
    ...own,
    count: own.count + before.count,
    sum: own.sum + before.sum,
    exponential:
      before.exponential === null ? own.exponential : addBuckets(before.exponential, own.exponential),
  };
}

/** Bounds that a coarser grid does not have any more end here, or they would stand beside the others for minutes. */
function endOthers(translator: MetricTranslator, item: PointToAppend, kept: ReadonlySet<Series>): void {
  for (const [kind, series] of item.point.series) {
    if (!kind.startsWith("le=") || kept.has(series)) continue;
    const label = ["le", kind.slice(3)] as const;
    translator.block.appendStale(series, item.view.timeMs, () => translator.labelsOf(label));
  }
}

function findBucket(buckets: ReadonlyArray<{ bound: number; series: Series }>, value: number): Series {
  const found = buckets.find(({ bound }) => value <= bound) ?? buckets.at(-1);
  if (found === undefined) throw new RangeError("a histogram has at least its bucket of +Inf");
  return found.series;
}
