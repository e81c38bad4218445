import type { PointView } from "../decode/point-view.ts";
import type { MetricTranslator } from "./metric-translator.ts";
import type { PointSeries, RunningTotals } from "./series-registry.ts";

/** A data point to be written, and what is remembered of its series. */
export interface PointToAppend {
  readonly bytes: Buffer;
  readonly view: PointView;
  readonly point: PointSeries;
}

/** What became of a delta: the totals with it and whether they begin with it, or why it cannot be added. */
export type Accumulated =
  | { readonly totals: RunningTotals; readonly isFirst: boolean }
  | { readonly fault: string };

/**
 * Adds a delta to the running totals of its point. A delta that is not newer than the one before is refused: it may have been added
 * already. Where nothing is remembered (first sight, a restart, half an hour of silence) the totals begin at zero, which a counter may.
 */
export function accumulate(
  translator: MetricTranslator,
  { view, point }: PointToAppend,
  add: (before: RunningTotals | null) => Omit<RunningTotals, "timeMs">,
): Accumulated {
  const before = point.totals;
  if (before !== null && view.timeMs <= before.timeMs) return { fault: "out_of_order_delta" };
  const totals = { ...add(before), timeMs: view.timeMs };
  translator.block.changeTotals(point, totals);
  return { totals, isFirst: before === null };
}

/** Where the zero stands that a counter of deltas begins with: just after its start, so that no sample before it is overwritten. */
export function zeroTimeMs(view: PointView): number | null {
  const atMs = view.startMs + 1;
  return view.startMs > 0 && atMs < view.timeMs ? atMs : null;
}
