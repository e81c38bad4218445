import type { TraceFacets } from "@spanlight/contract";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { refreshIntervalMs } from "../lib/refresh.ts";
import { FILTER_NAMES, type View } from "../lib/view.ts";
import { getJson } from "./request.ts";
import { periodParameters, periodToAsk, pickFilters } from "./use-overview.ts";

/** The past hardly changes: what a range is compared with is asked for once a minute at most. */
const PAST_STALE_MS = 60_000;

interface FacetsOptions {
  /** Ask for the period that the range is compared with instead of the range itself. */
  against?: boolean;
}

/** Counts by facet, the histogram and the totals of the traces that the view selects; null when nothing is compared. */
export function useTraceFacets(
  view: View,
  { against = false }: FacetsOptions = {},
): UseQueryResult<TraceFacets | null> {
  const filters = pickFilters(view.filters, FILTER_NAMES);
  const compared = against ? view.against : null;
  return useQuery({
    queryKey: ["trace-facets", view.range, compared, filters],
    refetchInterval: against ? false : refreshIntervalMs(view),
    ...(against ? { staleTime: PAST_STALE_MS } : {}),
    queryFn: async ({ signal }) => {
      const period = periodToAsk(view.range, compared);
      if (period === null) return null;
      return getJson<TraceFacets>("/api/traces/facets", { ...periodParameters(period), ...filters }, signal);
    },
  });
}
