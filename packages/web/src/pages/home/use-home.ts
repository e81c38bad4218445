import type { Overview, OverviewGroup } from "@spanlight/contract";
import { useMemo } from "react";
import { useLive } from "../../api/use-live.ts";
import { useOverview, type Dimension } from "../../api/use-overview.ts";
import { assess, type Assessment } from "../../lib/assess.ts";
import { isFollowing } from "../../lib/refresh.ts";
import type { View } from "../../lib/view.ts";

/** Everything Home draws. */
export interface HomeFigures {
  now: Overview;
  before: Overview | null;
  byEndpoint: OverviewGroup[];
  byModel: OverviewGroup[];
  byErrorType: OverviewGroup[];
  /** By the dimension of the spenders' table, and the same in the compared range. */
  byChosen: OverviewGroup[];
  byChosenBefore: OverviewGroup[];
  assessment: Assessment;
}

export interface Home {
  figures: HomeFigures | null;
  /** What is shown belongs to another range or is older than it should be. */
  stale: boolean;
  error: Error | null;
  retry: () => void;
}

function groupsOf(overview: Overview | null | undefined): OverviewGroup[] {
  return overview?.groups ?? [];
}

/** Reads the figures of Home; they appear together, so that nothing jumps. */
export function useHome(view: View, chosen: Dimension): Home {
  const queries = [
    useOverview(view),
    useOverview(view, { against: true }),
    useOverview(view, { groupBy: "endpoint" }),
    useOverview(view, { groupBy: "model" }),
    useOverview(view, { groupBy: "errorType" }),
    useOverview(view, { groupBy: chosen }),
    useOverview(view, { groupBy: chosen, against: true }),
  ];
  const [now, before, byEndpoint, byModel, byErrorType, byChosen, byChosenBefore] = queries.map(
    (query) => query.data,
  );
  const ready = queries.every((query) => query.data !== undefined);
  const figures = useMemo<HomeFigures | null>(() => {
    if (!ready || now == null) return null;
    const input = {
      now,
      before: before ?? null,
      byEndpoint: groupsOf(byEndpoint),
      byModel: groupsOf(byModel),
      byErrorType: groupsOf(byErrorType),
    };
    return {
      ...input,
      byChosen: groupsOf(byChosen),
      byChosenBefore: groupsOf(byChosenBefore),
      assessment: assess(input),
    };
  }, [ready, now, before, byEndpoint, byModel, byErrorType, byChosen, byChosenBefore]);
  // An empty page need not wait for its next look: the first call shows as soon as it is stored.
  useLive(isFollowing(view) && figures?.assessment.state === "empty", () => {
    for (const query of queries) void query.refetch();
  });
  return {
    figures,
    stale: queries.some((query) => query.isPlaceholderData),
    error: queries.find((query) => query.error !== null)?.error ?? null,
    retry: () => {
      for (const query of queries) if (query.error !== null) void query.refetch();
    },
  };
}
