import type { Trace } from "@spanlight/contract";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { getJson } from "./request.ts";

/** How often a trace that is still running is looked at again. */
const RUNNING_MS = 2_000;

/** One trace with all its spans. */
export function useTrace(traceId: string): UseQueryResult<Trace> {
  return useQuery<Trace>({
    queryKey: ["trace", traceId],
    refetchInterval: (query) => (query.state.data?.complete === false ? RUNNING_MS : false),
    queryFn: ({ signal }) => getJson<Trace>(`/api/traces/${traceId}`, {}, signal),
  });
}
