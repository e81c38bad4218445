import type { Trace } from "@spanlight/contract";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { toEpochMs } from "../lib/instant.ts";
import { getJson } from "./request.ts";

/** How often a trace that is still running, or has hardly ended, is looked at again. */
const RUNNING_MS = 2_000;
/** Spans of a trace arrive in batches: some may come so long after its end. */
const SETTLING_MS = 15_000;
/** A larger trace is not asked for again by itself: reading it takes seconds. */
const MOST_SPANS = 2_000;

/** Milliseconds until a trace should be asked for again; false when it will not change. */
export function chooseTraceRefreshMs(trace: Trace | undefined, nowMs: number): number | false {
  if (trace === undefined || trace.spans.length > MOST_SPANS) return false;
  const endMs = toEpochMs(trace.startTime) + trace.durationMs;
  return !trace.complete || nowMs - endMs < SETTLING_MS ? RUNNING_MS : false;
}

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
