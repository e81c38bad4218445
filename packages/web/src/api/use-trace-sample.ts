import type { TraceFacets, TraceList } from "@spanlight/contract";
import { useQuery } from "@tanstack/react-query";
import type { Period } from "../lib/time-range.ts";
import type { Filters } from "../lib/view.ts";
import { getJson } from "./request.ts";
import { periodParameters } from "./use-overview.ts";

/** How many of the newest traces the shares are read from. */
const SAMPLE = 100;

/** Traces behind a sentence: how many there are, and where the newest of them spend their time. */
export interface TraceSample {
  count: number;
  sampled: number;
  /** Share of the time by whose it is (0…1); null without traces. */
  shares: { model: number; retrieval: number; tool: number; other: number } | null;
}

function sumShares(list: TraceList): TraceSample["shares"] {
  const sums = { model: 0, retrieval: 0, tool: 0, other: 0 };
  for (const { timeByType } of list.items) {
    sums.model += timeByType.model;
    sums.retrieval += timeByType.retrieval;
    sums.tool += timeByType.tool;
    sums.other += timeByType.other;
  }
  const total = sums.model + sums.retrieval + sums.tool + sums.other;
  if (total <= 0) return null;
  return {
    model: sums.model / total,
    retrieval: sums.retrieval / total,
    tool: sums.tool / total,
    other: sums.other / total,
  };
}

/** Counts the traces of a period and reads where the newest of them spend their time; asks only when given a period. */
export function useTraceSample(period: Period | null, filters: Filters): TraceSample | null {
  const query = useQuery({
    queryKey: ["trace-sample", period, filters],
    enabled: period !== null,
    staleTime: 15_000,
    queryFn: async ({ signal }): Promise<TraceSample> => {
      const parameters = { ...(period === null ? {} : periodParameters(period)), ...filters };
      const [facets, list] = await Promise.all([
        getJson<TraceFacets>("/api/traces/facets", parameters, signal),
        getJson<TraceList>("/api/traces", { ...parameters, limit: SAMPLE }, signal),
      ]);
      return { count: facets.totals.traces, sampled: list.items.length, shares: sumShares(list) };
    },
  });
  return query.data ?? null;
}
