import type { Health, Ingest } from "@spanlight/contract";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { getJson } from "./request.ts";

/** Accounting of what was received, stored, rejected and waits. */
export function useIngest(): UseQueryResult<Ingest> {
  return useQuery({
    queryKey: ["ingest"],
    refetchInterval: 2_000,
    queryFn: ({ signal }) => getJson<Ingest>("/api/ingest", {}, signal),
  });
}

/** A server that is down still says what is wrong. */
const HEALTH_DOWN = 503;

/** State of the server's parts. */
export function useHealth(): UseQueryResult<Health> {
  return useQuery({
    queryKey: ["health"],
    refetchInterval: 10_000,
    queryFn: ({ signal }) => getJson<Health>("/api/health", {}, signal, HEALTH_DOWN),
  });
}
