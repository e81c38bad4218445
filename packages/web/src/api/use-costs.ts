import type { Prices, UnpricedModels } from "@spanlight/contract";
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { getJson } from "./request.ts";

const REFRESH_MS = 60_000;
/** So far back models without a price are looked for. */
export const UNPRICED_DAYS = 7;
const DAY_MS = 86_400_000;

/** The list of prices with its age, and prices of one's own. */
export function usePrices(): UseQueryResult<Prices> {
  return useQuery({
    queryKey: ["prices"],
    refetchInterval: REFRESH_MS,
    queryFn: ({ signal }) => getJson<Prices>("/api/prices", {}, signal),
  });
}

/** Models of the last days whose calls have no known price, those with the most calls first. */
export function useUnpricedModels(): UseQueryResult<UnpricedModels> {
  return useQuery({
    queryKey: ["unpriced", UNPRICED_DAYS],
    refetchInterval: REFRESH_MS,
    queryFn: ({ signal }) => {
      const from = new Date(Date.now() - UNPRICED_DAYS * DAY_MS).toISOString();
      return getJson<UnpricedModels>("/api/prices/unpriced", { from }, signal);
    },
  });
}
