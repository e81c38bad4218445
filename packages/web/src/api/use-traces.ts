import type { TraceList, TraceSummary } from "@spanlight/contract";
import {
  useInfiniteQuery,
  useQuery,
  useQueryClient,
  type InfiniteData,
  type QueryClient,
} from "@tanstack/react-query";
import { useMemo } from "react";
import { isFollowing } from "../lib/refresh.ts";
import { resolveRange, type Period } from "../lib/time-range.ts";
import { addNewest, chooseLookLimit, joinTraces } from "../lib/trace-rows.ts";
import { FILTER_NAMES, type View } from "../lib/view.ts";
import { getJson, type RequestParameters } from "./request.ts";
import { useLive } from "./use-live.ts";
import { periodParameters, pickFilters } from "./use-overview.ts";

const PAGE_ROWS = 50;

interface TracePage extends TraceList {
  period: Period;
}

type TracePages = InfiniteData<TracePage, PageParameter | null>;

interface PageParameter {
  cursor: string;
  period: Period;
}

export interface Traces {
  rows: TraceSummary[];
  isLoading: boolean;
  /** The rows belong to another range or other filters. */
  stale: boolean;
  error: Error | null;
  hasMore: boolean;
  isLoadingMore: boolean;
  loadMore: () => void;
  retry: () => void;
}

/** Traces newest first, a page at a time; while the view follows the clock, new ones join at the top. */
export function useTraces(view: View): Traces {
  const client = useQueryClient();
  const filters = useMemo(() => pickFilters(view.filters, FILTER_NAMES), [view.filters]);
  const pagesKey = ["traces", view.range, filters];
  const pages = useInfiniteQuery({
    queryKey: pagesKey,
    initialPageParam: null as PageParameter | null,
    staleTime: Infinity,
    queryFn: async ({ pageParam, signal }): Promise<TracePage> => {
      const period = pageParam?.period ?? resolveRange(view.range, Date.now());
      const parameters = {
        ...periodParameters(period),
        ...filters,
        limit: PAGE_ROWS,
        cursor: pageParam?.cursor,
      };
      return { ...(await getJson<TraceList>("/api/traces", parameters, signal)), period };
    },
    getNextPageParam: ({ nextCursor, period }) =>
      nextCursor === null ? undefined : { cursor: nextCursor, period },
  });
  const headKey = ["traces-newest", view.range, filters];
  const head = useQuery({
    queryKey: headKey,
    // Looked at when the server says that there is something new.
    enabled: false,
    queryFn: ({ signal }) => lookForNewest(client, { view, filters, pagesKey, headKey, signal }),
  });
  const follows = isFollowing(view) && pages.isSuccess && !pages.isPlaceholderData;
  useLive(follows, () => void head.refetch({ cancelRefetch: false }));
  const loaded = pages.data?.pages;
  const newest = pages.isPlaceholderData || head.isPlaceholderData ? undefined : head.data;
  const rows = useMemo(
    () => joinTraces(loaded?.flatMap((page) => page.items) ?? [], newest ?? []),
    [loaded, newest],
  );
  return {
    rows,
    isLoading: pages.isPending,
    stale: pages.isPlaceholderData,
    error: pages.error ?? head.error,
    hasMore: pages.hasNextPage,
    isLoadingMore: pages.isFetchingNextPage,
    loadMore: () => void pages.fetchNextPage(),
    retry: () => void (pages.error === null ? head.refetch() : pages.refetch()),
  };
}

interface Look {
  view: View;
  filters: RequestParameters;
  pagesKey: unknown[];
  headKey: unknown[];
  signal: AbortSignal;
}

/** Asks for the newest traces and adds them to those seen since the pages were loaded. */
async function lookForNewest(client: QueryClient, look: Look): Promise<TraceSummary[]> {
  const period = resolveRange(look.view.range, Date.now());
  const seen = client.getQueryData<TraceSummary[]>(look.headKey) ?? [];
  const firstPage = client.getQueryData<TracePages>(look.pagesKey)?.pages[0]?.items ?? [];
  const limit = chooseLookLimit(joinTraces(firstPage, seen), { least: PAGE_ROWS, nowMs: period.toMs });
  const parameters = { ...periodParameters(period), ...look.filters, limit };
  const newest = await getJson<TraceList>("/api/traces", parameters, look.signal);
  const added = addNewest({ newest: newest.items, isWhole: newest.nextCursor === null, seen, firstPage });
  // More came between two looks than one answer holds: start over, so that none is missing in between.
  if (added.hasGap) void client.resetQueries({ queryKey: look.pagesKey, exact: true });
  return added.traces;
}
