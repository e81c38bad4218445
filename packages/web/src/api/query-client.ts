import { keepPreviousData, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./request.ts";

/** Cache of the answers: old data stay on the page, dimmed, until the new ones are here. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        placeholderData: keepPreviousData,
        staleTime: 2_000,
        refetchOnWindowFocus: true,
        retry: (failures, error) => failures < 1 && !(error instanceof ApiError && error.status >= 400),
        retryDelay: 500,
      },
    },
  });
}
