import type { Span } from "@spanlight/contract";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { getJson } from "./request.ts";

/** One span with what was said in it, for traces so large that they come without; asks only when `enabled`. */
export function useSpan(traceId: string, spanId: string, enabled: boolean): UseQueryResult<Span> {
  return useQuery<Span>({
    queryKey: ["span", traceId, spanId],
    enabled,
    staleTime: 60_000,
    queryFn: ({ signal }) => getJson<Span>(`/api/traces/${traceId}/spans/${spanId}`, {}, signal),
  });
}
