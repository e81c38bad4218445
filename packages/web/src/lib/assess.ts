import type { Overview, OverviewFigures, OverviewGroup, OverviewPoint } from "@spanlight/contract";
import { toEpochMs } from "./instant.ts";
import { OTHERS } from "./overview-series.ts";

/** What is compared: the range, the range it is compared with, and the range by endpoint, model and error type. */
export interface AssessInput {
  now: Overview;
  before: Overview | null;
  byEndpoint: OverviewGroup[];
  byModel: OverviewGroup[];
  byErrorType: OverviewGroup[];
}

/** The group that stands out, with its share of what is wrong (0…1). */
interface Offender {
  name: string;
  share: number;
}

interface Trouble {
  /** Epoch milliseconds of the step in which it began, and of the end of the last step. */
  sinceMs: number;
  untilMs: number;
  /** True when it was already so in the first step of the range. */
  wholeRange: boolean;
  endpoint: Offender | null;
  model: Offender | null;
}

/** What the first line of the page says. */
export type Assessment =
  | { state: "empty" }
  | {
      state: "well";
      p95Ms: number | null;
      costUsdPerHour: number | null;
      errorRatio: number;
      unpriced: number;
    }
  | ({ state: "failing"; errorRatio: number; normalRatio: number; errorType: Offender | null } & Trouble)
  | ({ state: "slow"; p95Ms: number; normalMs: number; thresholdMs: number } & Trouble)
  | ({ state: "dear"; costUsdPerHour: number; normalUsdPerHour: number } & Trouble)
  | { state: "silent"; sinceMs: number };

const HOUR_S = 3600;
/** Fewer calls than this say nothing about a percentile or a ratio. */
const LEAST_CALLS = 20;
/** The last five minutes, but at least this many steps, are looked at as "now". */
const RECENT_S = 300;
const LEAST_STEPS = 3;

/** Judges a period: the worst thing that is wrong at its end, or that all is well. Pure; the clock is the range's end. */
export function assess(input: AssessInput): Assessment {
  const { now } = input;
  const points = now.series;
  if (now.totals.requests === 0) return { state: "empty" };
  return (
    findFailing(input, points) ??
    findSilent(now) ??
    findSlow(input, points) ??
    findDear(input, points) ??
    describeWell(now)
  );
}

/** All is well, with the figures of the range that is shown. */
export function describeWell(now: Overview): Extract<Assessment, { state: "well" }> {
  return {
    state: "well",
    p95Ms: now.totals.p95Ms,
    costUsdPerHour: costPerHour(now),
    errorRatio: errorRatioOf(now.totals),
    unpriced: now.totals.unpricedRequests,
  };
}

export function errorRatioOf(figures: OverviewFigures): number {
  return figures.requests === 0 ? 0 : figures.errors / figures.requests;
}

/** US dollars an hour over the part of the range that has data; null when nothing is priced. */
export function costPerHour(overview: Overview): number | null {
  const { costUsd } = overview.totals;
  return costUsd === null ? null : costUsd / hoursWithData(overview);
}

/** Calls a minute over the part of the range that has data. */
export function requestsPerMinute(overview: Overview): number {
  return overview.totals.requests / (hoursWithData(overview) * 60);
}

/**
 * Hours from the first step with a call to the end of the range: a service that began ten minutes ago is not
 * quiet for the fifty minutes before. At least one step.
 */
export function hoursWithData(overview: Overview): number {
  const first = overview.series.find((point) => point.requests > 0);
  const toMs = toEpochMs(overview.to);
  const fromMs = Math.max(toEpochMs(overview.from), first === undefined ? -Infinity : toEpochMs(first.time));
  return Math.max(toMs - fromMs, overview.stepSeconds * 1000) / (HOUR_S * 1000);
}

/** The number of steps at the end of the range that count as "now". */
function countRecent({ stepSeconds }: Overview): number {
  return Math.max(LEAST_STEPS, Math.ceil(RECENT_S / stepSeconds));
}

function sum(points: readonly OverviewPoint[], of: (point: OverviewPoint) => number | null): number {
  return points.reduce((total, point) => total + (of(point) ?? 0), 0);
}

/**
 * Median of a figure over the steps that have calls; null without any. Each step counts alike: a burst of a minute
 * must not decide what is normal for an hour.
 */
function median(
  points: readonly OverviewPoint[],
  of: (point: OverviewPoint) => number | null,
): number | null {
  const known = points
    .filter((point) => point.requests > 0)
    .flatMap((point) => of(point) ?? [])
    .sort((a, b) => a - b);
  return known[Math.floor((known.length - 1) / 2)] ?? null;
}

/** The steps a figure is normally judged by: the compared range when it has calls, else the first half of what this one has. */
function normalPoints({ now, before }: AssessInput): readonly OverviewPoint[] {
  if (before !== null && before.totals.requests >= LEAST_CALLS) return before.series;
  const first = Math.max(
    0,
    now.series.findIndex((point) => point.requests > 0),
  );
  return now.series.slice(first, first + Math.floor((now.series.length - first) / 2));
}

/** So many good steps, or so many without calls, and what lies before is another story. */
const MOST_GOOD_STEPS = 2;
const MOST_EMPTY_STEPS = 5;

/** Walks back from the end while `isWrong` holds, over a few other steps too; null when it does not hold now. */
function findStart(
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

function troubleFrom(
  input: AssessInput,
  start: number,
  weigh: (figures: OverviewFigures) => number,
): Trouble {
  const { now, byEndpoint, byModel } = input;
  const sinceMs = toEpochMs(now.series[start]?.time ?? now.from);
  const first = now.series.findIndex((point) => point.requests > 0);
  return {
    sinceMs,
    untilMs: toEpochMs(now.to),
    wholeRange: start <= first,
    endpoint: findOffender(byEndpoint, sinceMs, weigh),
    model: findOffender(byModel, sinceMs, weigh),
  };
}

/** The group that carries most of what `weigh` measures since `sinceMs`, when it carries more than half of it. */
function findOffender(
  groups: readonly OverviewGroup[],
  sinceMs: number,
  weigh: (figures: OverviewFigures) => number,
): Offender | null {
  const weights = groups.map((group) => ({
    name: group.group,
    weight: group.series.reduce(
      (total, point) => total + (toEpochMs(point.time) >= sinceMs ? weigh(point) : 0),
      0,
    ),
  }));
  const total = weights.reduce((all, { weight }) => all + weight, 0);
  const worst = weights.sort((a, b) => b.weight - a.weight)[0];
  if (
    worst === undefined ||
    worst.name === "" ||
    worst.name === OTHERS ||
    total <= 0 ||
    worst.weight / total <= 0.5
  )
    return null;
  return { name: worst.name, share: worst.weight / total };
}

function findFailing(input: AssessInput, points: readonly OverviewPoint[]): Assessment | null {
  const recent = points.slice(-countRecent(input.now));
  const requests = sum(recent, (point) => point.requests);
  const errors = sum(recent, (point) => point.errors);
  const normal = normalPoints(input);
  const normalRequests = sum(normal, (point) => point.requests);
  const normalRatio = normalRequests === 0 ? 0 : sum(normal, (point) => point.errors) / normalRequests;
  const threshold = Math.max(0.02, normalRatio * 2);
  if (errors < 5 || requests === 0 || errors / requests < threshold) return null;
  const start = findStart(points, (point) => point.errors / point.requests >= threshold);
  if (start === null) return null;
  const trouble = troubleFrom(input, start, (figures) => figures.errors);
  const since = points.slice(start);
  return {
    ...trouble,
    state: "failing",
    errorRatio:
      sum(since, (point) => point.errors) /
      Math.max(
        1,
        sum(since, (point) => point.requests),
      ),
    normalRatio,
    errorType: findOffender(input.byErrorType, trouble.sinceMs, (figures) => figures.errors),
  };
}

/**
 * The share of calls that took longer than `thresholdMs`, read from the three percentiles: between two of them the
 * share falls evenly with the logarithm of the time. Beyond p99 it is 0, below p50 it is at least a half.
 */
export function estimateShareAbove({ p50Ms, p95Ms, p99Ms }: OverviewFigures, thresholdMs: number): number {
  if (p50Ms === null || p95Ms === null || p99Ms === null || p99Ms < thresholdMs) return 0;
  const between = (lowMs: number, lowShare: number, highMs: number, highShare: number) => {
    const passed = highMs <= lowMs ? 1 : Math.log(thresholdMs / lowMs) / Math.log(highMs / lowMs);
    return lowShare + (highShare - lowShare) * passed;
  };
  if (p50Ms >= thresholdMs) return 0.5 + 0.5 * (1 - thresholdMs / p50Ms);
  if (p95Ms >= thresholdMs) return between(p50Ms, 0.5, p95Ms, 0.05);
  return between(p95Ms, 0.05, p99Ms, 0.01);
}

function findSlow(input: AssessInput, points: readonly OverviewPoint[]): Assessment | null {
  const recent = points.slice(-countRecent(input.now));
  if (sum(recent, (point) => point.requests) < LEAST_CALLS) return null;
  const recentMs = median(recent, (point) => point.p95Ms);
  const normalMs = median(normalPoints(input), (point) => point.p95Ms);
  if (recentMs === null || normalMs === null) return null;
  const threshold = Math.max(normalMs * 1.5, normalMs + 300);
  if (recentMs < threshold) return null;
  const start = findStart(points, (point) => (point.p95Ms ?? 0) >= threshold);
  if (start === null) return null;
  const p95Ms = median(points.slice(start), (point) => point.p95Ms) ?? recentMs;
  if (p95Ms < threshold) return null;
  return {
    ...troubleFrom(input, start, (figures) => estimateShareAbove(figures, threshold) * figures.requests),
    state: "slow",
    p95Ms,
    normalMs,
    thresholdMs: threshold,
  };
}

function findDear(input: AssessInput, points: readonly OverviewPoint[]): Assessment | null {
  const { now } = input;
  const perHour = HOUR_S / now.stepSeconds;
  // The last step is still filling.
  const whole = points.slice(0, -1);
  const recent = whole.slice(-countRecent(input.now));
  if (sum(recent, (point) => point.requests) < LEAST_CALLS) return null;
  const normal = normalPoints(input).filter((point) => point.requests > 0);
  const recentUsd = (sum(recent, (point) => point.costUsd) / Math.max(1, recent.length)) * perHour;
  const normalUsd = (sum(normal, (point) => point.costUsd) / Math.max(1, normal.length)) * perHour;
  if (normalUsd <= 0 || recentUsd < normalUsd * 2 || recentUsd < 1) return null;
  const start = findStart(whole, (point) => (point.costUsd ?? 0) * perHour >= normalUsd * 1.5);
  if (start === null) return null;
  return {
    ...troubleFrom(input, start, (figures) => figures.costUsd ?? 0),
    state: "dear",
    costUsdPerHour: recentUsd,
    normalUsdPerHour: normalUsd,
  };
}

/** Calls came steadily and then stopped: the telemetry is gone, or the traffic is. */
function findSilent(now: Overview): Assessment | null {
  const { series } = now;
  const last = series.findLastIndex((point) => point.requests > 0);
  const quietSteps = series.length - 1 - last;
  const busy = series.filter((point) => point.requests > 0).length;
  const quietMs = quietSteps * now.stepSeconds * 1000;
  // Quiet counts when it is far longer than any pause before it, and when there was steady traffic at all.
  if (last < 0 || busy < 10 || quietMs < 300_000 || quietSteps <= 3 * longestPause(series, last)) return null;
  return { state: "silent", sinceMs: toEpochMs(series[last]?.time ?? now.from) + now.stepSeconds * 1000 };
}

function longestPause(series: readonly OverviewPoint[], last: number): number {
  let longest = 0;
  let pause = 0;
  const first = series.findIndex((point) => point.requests > 0);
  for (const point of series.slice(first, last)) {
    pause = point.requests > 0 ? 0 : pause + 1;
    longest = Math.max(longest, pause);
  }
  return longest;
}
