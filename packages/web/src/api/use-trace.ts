import type { Trace } from "@spanlight/contract";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { chooseTraceRefreshMs } from "../lib/refresh.ts";
import { getJson } from "./request.ts";

/** One trace with its spans. */
export function useTrace(traceId: string): UseQueryResult<Trace> {
  return useQuery<Trace>({
    queryKey: ["trace", traceId],
    staleTime: 60_000,
    refetchOnWindowFocus: false,
    // Comparing two answers of 100,000 spans costs more than drawing the new one.
    structuralSharing: false,
    refetchInterval: (query) => chooseTraceRefreshMs(query.state.data, Date.now()),
    queryFn: ({ signal }) => getJson<Trace>(`/api/traces/${traceId}`, {}, signal),
  });
}
