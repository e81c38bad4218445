import type { Overview, OverviewFigures, OverviewGroup, OverviewPoint } from "@spanlight/contract";
import { toEpochMs } from "./instant.ts";

/** A figure of a step; null where there is none. */
export type FigureOf = (figures: OverviewFigures) => number | null;

/** Epoch seconds of the steps. */
export function listTimes(overview: Overview): number[] {
  return overview.series.map((point) => toEpochMs(point.time) / 1000);
}

/** Epoch seconds that the range covers. */
function spanOf(overview: Overview): [number, number] {
  return [toEpochMs(overview.from) / 1000, toEpochMs(overview.to) / 1000];
}

/** A chart of a fresh store is at least this wide. */
const LEAST_SPAN_S = 300;

/**
 * Epoch seconds that charts of the range cover. Where neither the earlier part of the range nor the range it is
 * compared with has a call, the axis begins with the data: a store that is minutes old is not drawn as a sliver.
 */
export function fitSpan(now: Overview, before: Overview | null): [number, number] {
  const [from, to] = spanOf(now);
  const first = now.series.find((point) => point.requests > 0);
  if (first === undefined || (before !== null && before.totals.requests > 0)) return [from, to];
  const firstS = toEpochMs(first.time) / 1000;
  const start = Math.min(firstS - now.stepSeconds, to - LEAST_SPAN_S);
  return start - from > (to - from) * 0.5 ? [start, to] : [from, to];
}

/** The values of the steps that begin at `from` (epoch seconds) or later. */
export function cutBefore(
  values: (number | null)[],
  times: readonly number[],
  from: number,
): (number | null)[] {
  const start = times.findIndex((time) => time >= from);
  return start <= 0 ? values : values.slice(start);
}

/** A figure over time as it is. */
export function listValues(points: readonly OverviewPoint[], of: FigureOf): (number | null)[] {
  return points.map((point) => of(point));
}

/** Minutes of a step that lie inside the range: the first and the last step are rarely whole. */
function stepMinutes(overview: Overview, atMs: number): number {
  const stepMs = overview.stepSeconds * 1000;
  const startMs = Math.max(atMs, toEpochMs(overview.from));
  const endMs = Math.min(atMs + stepMs, toEpochMs(overview.to));
  return Math.max(0, endMs - startMs) / 60_000;
}

/** Figures are by ten seconds, the last of which are still being filled: by calls that end now, and by exporters that wait. */
const FILLING_MINUTES = 10 / 60;

/**
 * A count as a rate a minute. A step of which less than a quarter lies in the range says nothing: null. So does the last step while
 * less than half of it is settled, unless it is all there is: traffic that goes on must not seem to fall.
 */
export function listRates(
  overview: Overview,
  points: readonly OverviewPoint[],
  of: FigureOf,
): (number | null)[] {
  const wholeMinutes = overview.stepSeconds / 60;
  const filling = findFilling(overview, points);
  return points.map((point) => {
    const minutes = stepMinutes(overview, toEpochMs(point.time));
    return minutes < wholeMinutes / 4 || point === filling ? null : (of(point) ?? 0) / minutes;
  });
}

/** The last step where less than half of it is settled and there are others; undefined where it says something. */
function findFilling(overview: Overview, points: readonly OverviewPoint[]): OverviewPoint | undefined {
  const last = points.at(-1);
  const isRunning = points.slice(0, -1).some((point) => point.requests > 0);
  if (last === undefined || !isRunning) return undefined;
  const settledMinutes = stepMinutes(overview, toEpochMs(last.time)) - FILLING_MINUTES;
  return settledMinutes < overview.stepSeconds / 60 / 2 ? last : undefined;
}

/** A figure over time as it is, without a last step that is still filling: a percentile of its first calls says nothing. */
export function listSettledValues(
  overview: Overview,
  points: readonly OverviewPoint[],
  of: FigureOf,
): (number | null)[] {
  const filling = findFilling(overview, points);
  return points.map((point) => (point === filling ? null : of(point)));
}

/** Values of the steps of the compared range, laid over the steps of `now`; null where it has none. */
export function alignValues(
  now: Overview,
  before: Overview,
  values: readonly (number | null)[],
): (number | null)[] {
  const first = before.series[0];
  if (first === undefined) return now.series.map(() => null);
  const stepMs = now.stepSeconds * 1000;
  const shiftMs = Math.round((toEpochMs(now.from) - toEpochMs(before.from)) / stepMs) * stepMs;
  const firstMs = toEpochMs(first.time);
  return now.series.map(
    (point) => values[Math.round((toEpochMs(point.time) - shiftMs - firstMs) / stepMs)] ?? null,
  );
}

/** A group with the colour and name it has in every chart of its dimension. */
export interface NamedGroup {
  key: string;
  label: string;
  colour: string;
  groups: OverviewGroup[];
}

/** The group the server puts together from those that are not among the busiest. */
export const OTHERS = "(other)";
const MOST_COLOURS = 6;

/** The largest groups by `weigh`, each with a colour; where there are more than `most`, the smallest become "others". */
export function nameGroups(
  groups: readonly OverviewGroup[],
  weigh: FigureOf,
  { colours, unnamed, most = MOST_COLOURS }: { colours?: readonly string[]; unnamed: string; most?: number },
): NamedGroup[] {
  const heavy = groups.filter((group) => (weigh(group.totals) ?? 0) > 0);
  const sorted = heavy
    .filter(({ group }) => group !== OTHERS)
    .sort((a, b) => (weigh(b.totals) ?? 0) - (weigh(a.totals) ?? 0));
  const shown = heavy.length > most ? sorted.slice(0, most - 1) : sorted;
  const named = shown.map((group, i) => ({
    key: group.group,
    label: group.group === "" ? unnamed : group.group,
    colour: colours?.[i] ?? `var(--series-${i + 1})`,
    groups: [group],
  }));
  const rest = heavy.filter((group) => !shown.includes(group));
  if (rest.length > 0) named.push({ key: OTHERS, label: "others", colour: "var(--own)", groups: rest });
  return named;
}

/** A figure of a named group as a rate a minute. */
export function listGroupRates(overview: Overview, { groups }: NamedGroup, of: FigureOf): (number | null)[] {
  const rates = groups.map((group) => listRates(overview, group.series, of));
  return overview.series.map((_, i) =>
    rates.every((values) => (values[i] ?? null) === null)
      ? null
      : rates.reduce((total, values) => total + (values[i] ?? 0), 0),
  );
}

/** A percentile of a named group; percentiles cannot be added up, so "others" has none. */
export function listGroupValues(overview: Overview, { groups }: NamedGroup, of: FigureOf): (number | null)[] {
  const [group] = groups;
  return group === undefined || groups.length > 1 ? [] : listSettledValues(overview, group.series, of);
}

/** Milliseconds of a step's start and end, cut to the range. */
export function stepPeriod(overview: Overview, index: number): { fromMs: number; toMs: number } | null {
  const point = overview.series[index];
  if (point === undefined) return null;
  const startMs = toEpochMs(point.time);
  return {
    fromMs: Math.max(startMs, Math.floor(toEpochMs(overview.from))),
    toMs: startMs + overview.stepSeconds * 1000,
  };
}
