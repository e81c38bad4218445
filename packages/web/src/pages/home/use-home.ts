import type { Overview, OverviewGroup } from "@spanlight/contract";
import type { UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import { useLive } from "../../api/use-live.ts";
import { useOverview, type Dimension } from "../../api/use-overview.ts";
import { assess, describeWell, type AssessInput, type Assessment } from "../../lib/assess.ts";
import { isFollowing } from "../../lib/refresh.ts";
import { parseDurationText } from "../../lib/time-range.ts";
import type { View } from "../../lib/view.ts";

/** Everything Home draws. */
export interface HomeFigures extends AssessInput {
  /** By the dimension of the spenders' table, and the same in the compared range. */
  byChosen: OverviewGroup[];
  byChosenBefore: OverviewGroup[];
  /** What the first line says, and the figures it is read from. */
  assessment: Assessment;
  judged: AssessInput;
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

const HOUR_MS = 3_600_000;

/**
 * The view whose figures the first line judges. What goes wrong now would drown in a day or a week, and a quarter of
 * an hour does not show what is normal: both are judged by the last hour.
 */
function judgedView(view: View): View {
  const { range } = view;
  if (range.kind === "between") return view;
  const lengthMs = parseDurationText(range.text) ?? 0;
  const isFit = lengthMs >= HOUR_MS && lengthMs <= 3 * HOUR_MS;
  return isFit ? view : { ...view, range: { kind: "last", text: "1h" } };
}

interface Read<Answer> {
  answer: Answer | null;
  stale: boolean;
  error: Error | null;
  refetch: (onlyFailed: boolean) => void;
}

/** The figures a judgement needs, all of the same view. */
function useAssessInput(view: View): Read<AssessInput> {
  const now = useOverview(view);
  const before = useOverview(view, { against: true });
  const byEndpoint = useOverview(view, { groupBy: "endpoint" });
  const byModel = useOverview(view, { groupBy: "model" });
  const byErrorType = useOverview(view, { groupBy: "errorType" });
  const answer = useMemo<AssessInput | null>(
    () => joinAnswers([now.data, before.data, byEndpoint.data, byModel.data, byErrorType.data]),
    [now.data, before.data, byEndpoint.data, byModel.data, byErrorType.data],
  );
  return { answer, ...stateOf([now, before, byEndpoint, byModel, byErrorType]) };
}

type Answer = Overview | null | undefined;

/** Null until all answers are here. */
function joinAnswers(
  answers: [now: Answer, before: Answer, endpoint: Answer, model: Answer, errorType: Answer],
): AssessInput | null {
  const [now, before, byEndpoint, byModel, byErrorType] = answers;
  if (now == null || answers.includes(undefined)) return null;
  return {
    now,
    before: before ?? null,
    byEndpoint: groupsOf(byEndpoint),
    byModel: groupsOf(byModel),
    byErrorType: groupsOf(byErrorType),
  };
}

function stateOf(queries: readonly UseQueryResult[]): Omit<Read<never>, "answer"> {
  return {
    stale: queries.some((query) => query.isPlaceholderData),
    error: queries.find((query) => query.error !== null)?.error ?? null,
    refetch: (onlyFailed) => {
      for (const query of queries) if (!onlyFailed || query.error !== null) void query.refetch();
    },
  };
}

/** Reads the figures of Home; they appear together, so that nothing jumps. */
export function useHome(view: View, chosen: Dimension): Home {
  const whole = useAssessInput(view);
  const judged = useAssessInput(judgedView(view));
  const chosenNow = useOverview(view, { groupBy: chosen });
  const chosenBefore = useOverview(view, { groupBy: chosen, against: true });
  const spenders = stateOf([chosenNow, chosenBefore]);
  const parts = [whole, judged, spenders];
  const { answer } = whole;
  const { answer: recent } = judged;
  const figures = useMemo<HomeFigures | null>(() => {
    if (answer === null || recent === null) return null;
    if (chosenNow.data === undefined || chosenBefore.data === undefined) return null;
    // A range with calls whose last hour has none is judged as a whole: it may have fallen silent.
    const isQuiet = recent.now.totals.requests === 0;
    const assessment = assess(isQuiet ? answer : recent);
    return {
      ...answer,
      byChosen: groupsOf(chosenNow.data),
      byChosenBefore: groupsOf(chosenBefore.data),
      judged: isQuiet ? answer : recent,
      assessment: assessment.state === "well" ? { ...assessment, ...describeWell(answer.now) } : assessment,
    };
  }, [answer, recent, chosenNow.data, chosenBefore.data]);
  const refetch = (onlyFailed: boolean) => {
    for (const part of parts) part.refetch(onlyFailed);
  };
  // An empty page need not wait for its next look: the first call shows as soon as it is stored.
  useLive(isFollowing(view) && figures?.assessment.state === "empty", () => refetch(false));
  return {
    figures,
    stale: parts.some(({ stale }) => stale),
    error: parts.find(({ error }) => error !== null)?.error ?? null,
    retry: () => refetch(true),
  };
}
