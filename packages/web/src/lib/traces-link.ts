import { resolveRange, type Period, type TimeRange } from "./time-range.ts";
import { addressOf, sharedView, type Filters, type View } from "./view.ts";

/** The address of the traces of a period, narrowed by filters on top of the view's service and environment. */
export function tracesAddress(view: View, filters: Filters, period?: Period): string {
  const shared = sharedView(view);
  const range = period === undefined ? view.range : ({ kind: "between", ...roundOut(period) } as const);
  return addressOf("/traces", { ...shared, range, filters: { ...shared.filters, ...filters } });
}

const HALF_DAY_MS = 43_200_000;

/** The range to look for what belongs to a trace: the view's where the trace lies in it, else half a day around it. */
export function rangeAround(range: TimeRange, period: Period, nowMs: number): TimeRange {
  const seen = resolveRange(range, nowMs);
  if (period.fromMs >= seen.fromMs && period.fromMs <= seen.toMs) return range;
  return {
    kind: "between",
    fromMs: period.fromMs - HALF_DAY_MS,
    toMs: Math.min(nowMs, period.toMs + HALF_DAY_MS),
  };
}

/** Whole seconds, so that addresses stay readable. */
function roundOut({ fromMs, toMs }: Period): Period {
  return { fromMs: Math.floor(fromMs / 1000) * 1000, toMs: Math.ceil(toMs / 1000) * 1000 };
}
