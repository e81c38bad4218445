import type { Server } from "@spanlight/contract";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { ApiError, getJson } from "./request.ts";

const REFRESH_MS = 5_000;
const NOT_TOLD = new Set([403, 404]);

/** True where the server answers that this is not for the project that asks: it is told to the project `default` alone. */
export function isNotTold(error: Error | null): boolean {
  return error instanceof ApiError && NOT_TOLD.has(error.status);
}

/** How the server itself is doing. Whoever is not told is not asked again. */
export function useServer(): UseQueryResult<Server> {
  return useQuery({
    queryKey: ["server"],
    refetchInterval: ({ state }) => (isNotTold(state.error) ? false : REFRESH_MS),
    queryFn: ({ signal }) => getJson<Server>("/api/server", {}, signal),
  });
}
