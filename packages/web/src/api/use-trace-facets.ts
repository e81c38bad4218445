import type { TraceFacets } from "@spanlight/contract";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { refreshIntervalMs } from "../lib/refresh.ts";
import { FILTER_NAMES, type View } from "../lib/view.ts";
import { getJson } from "./request.ts";
import { periodParameters, periodToAsk, pickFilters } from "./use-overview.ts";

/** Counts by facet, the histogram and the totals of the traces that the view selects. */
export function useTraceFacets(view: View): UseQueryResult<TraceFacets> {
  const filters = pickFilters(view.filters, FILTER_NAMES);
  return useQuery({
    queryKey: ["trace-facets", view.range, filters],
    refetchInterval: refreshIntervalMs(view),
    queryFn: async ({ signal }) => {
      const period = periodToAsk(view.range, null) ?? { fromMs: 0, toMs: Date.now() };
      return getJson<TraceFacets>("/api/traces/facets", { ...periodParameters(period), ...filters }, signal);
    },
  });
}
