import type { Overview, OverviewQuery } from "@spanlight/contract";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { refreshIntervalMs } from "../lib/refresh.ts";
import {
  againstShiftMs,
  chooseStepSeconds,
  resolveRange,
  type Period,
  type TimeRange,
} from "../lib/time-range.ts";
import type { Against } from "../lib/time-range.ts";
import type { FilterName, Filters, View } from "../lib/view.ts";
import { getJson, type RequestParameters } from "./request.ts";

export type Dimension = NonNullable<OverviewQuery["groupBy"]>;

const overviewFilters: readonly FilterName[] = [
  "service",
  "environment",
  "endpoint",
  "provider",
  "model",
  "operation",
];

/** The past hardly changes: it only has to keep up with the range that moves on. */
const PAST_REFRESH_MS = 60_000;

interface OverviewOptions {
  groupBy?: Dimension;
  /** Ask for the period that the range is compared with instead of the range itself. */
  against?: boolean;
  enabled?: boolean;
}

/** The period to ask for; null when nothing is compared. */
export function periodToAsk(range: TimeRange, against: Against | null): Period | null {
  const period = resolveRange(range, Date.now());
  if (against === null) return period;
  const shiftMs = againstShiftMs(against, period.toMs - period.fromMs);
  return shiftMs === null ? null : { fromMs: period.fromMs - shiftMs, toMs: period.toMs - shiftMs };
}

/** Parameters `from` and `to` of a period. */
export function periodParameters({ fromMs, toMs }: Period): RequestParameters {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}

/** The filters of a view that the named ones allow. */
export function pickFilters(filters: Filters, names: readonly FilterName[]): RequestParameters {
  return Object.fromEntries(names.map((name) => [name, filters[name]]));
}

/** Figures of model calls over the view's range; null data when nothing is compared. */
export function useOverview(view: View, options: OverviewOptions = {}): UseQueryResult<Overview | null> {
  const { groupBy, against = false, enabled = true } = options;
  const filters = pickFilters(view.filters, overviewFilters);
  const compared = against ? view.against : null;
  return useQuery({
    queryKey: ["overview", view.range, compared, filters, groupBy ?? null],
    enabled,
    refetchInterval: against ? PAST_REFRESH_MS : refreshIntervalMs(view),
    queryFn: async ({ signal }) => {
      const period = periodToAsk(view.range, compared);
      if (period === null) return null;
      const step = chooseStepSeconds(period.toMs - period.fromMs);
      return getJson<Overview>(
        "/api/overview",
        { ...periodParameters(period), ...filters, groupBy, step },
        signal,
      );
    },
  });
}
