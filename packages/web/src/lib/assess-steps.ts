import type { Overview, OverviewFigures, OverviewPoint } from "@spanlight/contract";
import { toEpochMs } from "./instant.ts";

/** Fewer calls than this say nothing about a percentile or a ratio. */
export const LEAST_CALLS = 20;
/** The last five minutes, but at least this many steps, are looked at as "now". */
const RECENT_S = 300;
const LEAST_STEPS = 3;
/** Fewer steps than this, or less time, are no measure of what is normal. */
const LEAST_NORMAL_STEPS = 4;
const LEAST_NORMAL_S = 120;

/** The steps at the end of the range that count as "now". */
export function recentSteps({ series, stepSeconds }: Overview): readonly OverviewPoint[] {
  return series.slice(-Math.max(LEAST_STEPS, Math.ceil(RECENT_S / stepSeconds)));
}

/** What the last steps that have calls enough say when they agree; undefined where they do not, or where calls are few. */
export function agreeNow(
  recent: readonly OverviewPoint[],
  isWrong: (point: OverviewPoint) => boolean,
): boolean | undefined {
  const telling = recent.filter(({ requests }) => requests >= LEAST_CALLS).slice(-LEAST_STEPS);
  if (telling.length < LEAST_STEPS) return undefined;
  const wrong = telling.filter(isWrong).length;
  return wrong === LEAST_STEPS ? true : wrong === 0 ? false : undefined;
}

export function sum(points: readonly OverviewPoint[], of: (point: OverviewPoint) => number | null): number {
  return points.reduce((total, point) => total + (of(point) ?? 0), 0);
}

/**
 * Median of a figure over the steps that have calls; null without any. Each step counts alike: a burst of a minute
 * must not decide what is normal for an hour.
 */
export function median(
  points: readonly OverviewPoint[],
  of: (point: OverviewPoint) => number | null,
): number | null {
  return quantile(points, of, 0.5);
}

/** The same for any share (0…1) of the steps, the lower one of two. */
export function quantile(
  points: readonly OverviewPoint[],
  of: (point: OverviewPoint) => number | null,
  share: number,
): number | null {
  const known = points
    .filter((point) => point.requests > 0)
    .flatMap((point) => of(point) ?? [])
    .sort((a, b) => a - b);
  return known[Math.floor((known.length - 1) * share)] ?? null;
}

/** What a range is judged by. */
export interface Baseline {
  points: readonly OverviewPoint[];
  /** The compared range, and not an earlier part of this one. */
  isCompared: boolean;
}

/**
 * The compared range when it has calls, else the first half of what this one has, without its first step: calls that take long have not
 * ended in it. Null where neither has enough to tell what is normal.
 */
export function findBaseline(now: Overview, before: Overview | null): Baseline | null {
  if (before !== null && before.totals.requests >= LEAST_CALLS) {
    return { points: before.series, isCompared: true };
  }
  const first = now.series.findIndex((point) => point.requests > 0);
  if (first < 0) return null;
  const half = Math.floor((now.series.length - first) / 2);
  const points = now.series.slice(first === 0 ? 0 : first + 1, first + half);
  const busy = points.filter(({ requests }) => requests > 0).length;
  const isEnough =
    busy >= LEAST_NORMAL_STEPS &&
    busy * now.stepSeconds >= LEAST_NORMAL_S &&
    sum(points, ({ requests }) => requests) >= LEAST_CALLS;
  return isEnough ? { points, isCompared: false } : null;
}

/** So many good steps, or so many without calls, and what lies before is another story. */
const MOST_GOOD_STEPS = 2;
const MOST_EMPTY_STEPS = 5;

/** Walks back from the end while `isWrong` holds, over a few other steps too; null when it does not hold now. */
export function findStart(
  points: readonly OverviewPoint[],
  isWrong: (point: OverviewPoint) => boolean,
): number | null {
  let start: number | null = null;
  let good = 0;
  let empty = 0;
  for (let i = points.length - 1; i >= 0 && good <= MOST_GOOD_STEPS && empty <= MOST_EMPTY_STEPS; i -= 1) {
    const point = points[i];
    if (point === undefined || point.requests === 0) {
      empty += 1;
    } else if (isWrong(point)) {
      start = i;
      good = 0;
      empty = 0;
    } else {
      good += 1;
    }
  }
  return start;
}

/** Epoch milliseconds of the first step with a call; null without any. */
export function firstCallMs({ series }: Overview): number | null {
  const first = series.find((point) => point.requests > 0);
  return first === undefined ? null : toEpochMs(first.time);
}

export function errorRatioOf(figures: OverviewFigures): number {
  return figures.requests === 0 ? 0 : figures.errors / figures.requests;
}
