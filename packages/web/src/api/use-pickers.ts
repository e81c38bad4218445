import type { Pickers } from "@spanlight/contract";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { View } from "../lib/view.ts";
import { getJson } from "./request.ts";
import { periodParameters, periodToAsk } from "./use-overview.ts";

/** What there is to pick from in the view's range: services, environments and so on. */
export function usePickers(view: View, enabled: boolean): UseQueryResult<Pickers> {
  return useQuery({
    queryKey: ["pickers", view.range],
    enabled,
    staleTime: 30_000,
    queryFn: ({ signal }) => {
      const period = periodToAsk(view.range, null);
      return getJson<Pickers>("/api/services", period === null ? {} : periodParameters(period), signal);
    },
  });
}
