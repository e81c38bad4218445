import type { Overview, OverviewFigures, OverviewGroup, OverviewPoint } from "@spanlight/contract";
import {
  agreeNow,
  errorRatioOf,
  findBaseline,
  findStart,
  firstCallMs,
  LEAST_CALLS,
  median,
  quantile,
  recentSteps,
  sum,
  type Baseline,
} from "./assess-steps.ts";
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
      /** What the calls were judged by: the compared range, an earlier part of this one, or nothing but how many fail. */
      baseline: "compared" | "range" | "none";
      /** Epoch milliseconds of the first step with a call. */
      sinceMs: number | null;
    }
  /** `normalRatio` is null where nothing says what is normal. */
  | ({
      state: "failing";
      errorRatio: number;
      normalRatio: number | null;
      errorType: Offender | null;
    } & Trouble)
  | ({ state: "slow"; p95Ms: number; normalMs: number; thresholdMs: number } & Trouble)
  /** Beyond what most services put up with, and nothing says whether it is normal here. */
  | ({ state: "long"; p95Ms: number; thresholdMs: number } & Trouble)
  | ({ state: "dear"; costUsdPerHour: number; normalUsdPerHour: number } & Trouble)
  | { state: "silent"; sinceMs: number };

const HOUR_S = 3600;
/** A failing call in ten is trouble, however long it has been so. */
const MOST_ERROR_RATIO = 0.1;
/** Where nothing says what is normal: the p95 at which the shipped alert is critical. */
const LONG_MS = 5000;

/** Judges a period: the worst thing that is wrong at its end, or that all is well. Pure; the clock is the range's end. */
export function assess(input: AssessInput): Assessment {
  const { now } = input;
  if (now.totals.requests === 0) return { state: "empty" };
  const baseline = findBaseline(now, input.before);
  return (
    findFailing(input, baseline) ??
    findSilent(now) ??
    findSlow(input, baseline) ??
    findLong(input, baseline) ??
    findDear(input, baseline) ?? {
      ...describeWell(now),
      baseline: baseline === null ? "none" : baseline.isCompared ? "compared" : "range",
      sinceMs: firstCallMs(now),
    }
  );
}

type Well = Extract<Assessment, { state: "well" }>;

/** All is well, with the figures of the range that is shown. */
export function describeWell(now: Overview): Omit<Well, "baseline" | "sinceMs"> {
  return {
    state: "well",
    p95Ms: now.totals.p95Ms,
    costUsdPerHour: costPerHour(now),
    errorRatio: errorRatioOf(now.totals),
    unpriced: now.totals.unpricedRequests,
  };
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

function troubleFrom(
  input: AssessInput,
  start: number,
  weigh: (figures: OverviewFigures) => number,
): Trouble {
  const { now, byEndpoint, byModel } = input;
  const sinceMs = toEpochMs(now.series[start]?.time ?? now.from);
  return {
    sinceMs,
    untilMs: toEpochMs(now.to),
    wholeRange: start === 0,
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

function findFailing(input: AssessInput, baseline: Baseline | null): Assessment | null {
  const { now, byErrorType } = input;
  const recent = recentSteps(now);
  const requests = sum(recent, (point) => point.requests);
  const errors = sum(recent, (point) => point.errors);
  const normalRatio = baseline === null ? 0 : ratioOf(baseline.points);
  const threshold = Math.min(MOST_ERROR_RATIO, Math.max(0.02, normalRatio * 2));
  if (errors < 5 || requests === 0 || errors / requests < threshold) return null;
  const isFailing = (point: OverviewPoint) => point.errors / point.requests >= threshold;
  if (agreeNow(recent, isFailing) === false) return null;
  const start = findStart(now.series, isFailing);
  if (start === null) return null;
  const trouble = troubleFrom(input, start, (figures) => figures.errors);
  const isNormalKnown = baseline?.isCompared === true || (baseline !== null && !trouble.wholeRange);
  return {
    ...trouble,
    state: "failing",
    errorRatio: ratioOf(now.series.slice(start)),
    normalRatio: isNormalKnown ? normalRatio : null,
    errorType: findOffender(byErrorType, trouble.sinceMs, (figures) => figures.errors),
  };
}

function ratioOf(points: readonly OverviewPoint[]): number {
  const requests = sum(points, (point) => point.requests);
  return requests === 0 ? 0 : sum(points, (point) => point.errors) / requests;
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

/**
 * A p95 half as much again as normal, and 300 ms more. An earlier part of the same range is a weaker measure, which may hold part of the
 * trouble itself: there it is the quieter steps, and twice as much.
 */
function slowThreshold({ points, isCompared }: Baseline): { normalMs: number; thresholdMs: number } | null {
  const normalMs = quantile(points, p95Of, isCompared ? 0.5 : 0.25);
  if (normalMs === null) return null;
  return { normalMs, thresholdMs: Math.max(normalMs * (isCompared ? 1.5 : 2), normalMs + 300) };
}

const p95Of = (point: OverviewPoint): number | null => point.p95Ms;

function findSlow(input: AssessInput, baseline: Baseline | null): Assessment | null {
  const normal = baseline === null ? null : slowThreshold(baseline);
  if (normal === null) return null;
  const told = describeAbove(input, normal.thresholdMs);
  return told === null ? null : { ...told, ...normal, state: "slow" };
}

/** Without a day to compare with, what is slow from the start looks normal: then a limit that holds for most services decides. */
function findLong(input: AssessInput, baseline: Baseline | null): Assessment | null {
  if (baseline?.isCompared === true) return null;
  const told = describeAbove(input, LONG_MS);
  return told === null ? null : { ...told, thresholdMs: LONG_MS, state: "long" };
}

/** Since when the p95 has been above a threshold, and who makes it so; null when it is not above now. */
function describeAbove(input: AssessInput, thresholdMs: number): (Trouble & { p95Ms: number }) | null {
  const { now } = input;
  const recent = recentSteps(now);
  if (sum(recent, (point) => point.requests) < LEAST_CALLS) return null;
  const isSlow = (point: OverviewPoint) => (point.p95Ms ?? 0) >= thresholdMs;
  if (!(agreeNow(recent, isSlow) ?? (median(recent, p95Of) ?? 0) >= thresholdMs)) return null;
  const start = findStart(now.series, isSlow);
  if (start === null) return null;
  const p95Ms = median(now.series.slice(start), p95Of);
  if (p95Ms === null || p95Ms < thresholdMs) return null;
  const weigh = (figures: OverviewFigures) => estimateShareAbove(figures, thresholdMs) * figures.requests;
  return { ...troubleFrom(input, start, weigh), p95Ms };
}

function findDear(input: AssessInput, baseline: Baseline | null): Assessment | null {
  if (baseline === null) return null;
  const { now } = input;
  const perHour = HOUR_S / now.stepSeconds;
  // The last step is still filling.
  const whole = now.series.slice(0, -1);
  const recent = recentSteps({ ...now, series: whole });
  if (sum(recent, (point) => point.requests) < LEAST_CALLS) return null;
  const normal = baseline.points.filter((point) => point.requests > 0);
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
