import type { Period } from "./time-range.ts";
import { addressOf, sharedView, type Filters, type View } from "./view.ts";

/** The address of the traces of a period, narrowed by filters on top of the view's service and environment. */
export function tracesAddress(view: View, filters: Filters, period?: Period): string {
  const shared = sharedView(view);
  const range = period === undefined ? view.range : ({ kind: "between", ...roundOut(period) } as const);
  return addressOf("/traces", { ...shared, range, filters: { ...shared.filters, ...filters } });
}

/** Whole seconds, so that addresses stay readable. */
function roundOut({ fromMs, toMs }: Period): Period {
  return { fromMs: Math.floor(fromMs / 1000) * 1000, toMs: Math.ceil(toMs / 1000) * 1000 };
}
