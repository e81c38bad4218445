import type { Overview, OverviewFigures, OverviewGroup, OverviewPoint } from "@spanlight/contract";
import { type Assessment, costPerHour, hoursWithData, requestsPerMinute } from "../../lib/assess.ts";
import { errorRatioOf, sum } from "../../lib/assess-steps.ts";
import {
  durationQuantity,
  formatChange,
  formatCompact,
  formatCount,
  formatDuration,
  formatMoney,
  formatPercent,
  formatPointChange,
  NOT_KNOWN,
  percentDigits,
} from "../../lib/format.ts";
import { formatMoment, toEpochMs } from "../../lib/instant.ts";
import {
  alignValues,
  cutBefore,
  fitSpan,
  listRates,
  listTimes,
  listSettledValues,
  listValues,
  OTHERS,
  type FigureOf,
} from "../../lib/overview-series.ts";
import { tracesAddress } from "../../lib/traces-link.ts";
import type { View } from "../../lib/view.ts";
import type { HomeFigures } from "./use-home.ts";

/** What one tile says. */
export interface Tile {
  name: string;
  /** The figures stand for the time since then and not for the whole range: `since 14:23`. */
  since: string | null;
  note: string;
  value: string;
  unit: string;
  change: string | null;
  /** The figure it is compared with, in words. */
  beforeValue: string | null;
  tone: "bad" | "plain";
  values: (number | null)[];
  ghost: (number | null)[];
  foot: string;
  href: string;
}

/** For what a month costs at the present rate. */
const HOURS_A_MONTH = 730;

/** A figure, what it is compared with, and since when, for a signal in trouble or one that is not. */
interface Told {
  now: number | null;
  before: number | null;
  since: string | null;
  tone: Tile["tone"];
}

/** The four golden signals of a range; one that is in trouble tells the time since it is. */
export function listTiles(figures: HomeFigures, view: View): Tile[] {
  const times = listTimes(figures.now);
  const [from] = fitSpan(figures.now, figures.before);
  const tiles = [latencyTile, trafficTile, errorsTile, tokensTile].map((describe) => describe(figures, view));
  return tiles.map((tile) => ({
    ...tile,
    values: cutBefore(tile.values, times, from),
    ghost: cutBefore(tile.ghost, times, from),
  }));
}

/** Tells the trouble where there is one, else the range against the one it is compared with. */
function tell(
  { now }: HomeFigures,
  trouble: { now: number; before: number | null; sinceMs: number; wholeRange: boolean } | null,
  range: { now: number | null; before: number | null },
): Told {
  if (trouble === null) return { ...range, since: null, tone: "plain" };
  const since = trouble.wholeRange ? null : `since ${formatMoment(trouble.sinceMs, toEpochMs(now.to))}`;
  return { now: trouble.now, before: trouble.before, since, tone: "bad" };
}

function ghostOf({ now, before }: HomeFigures, of: FigureOf): (number | null)[] {
  return before === null ? [] : alignValues(now, before, listValues(before.series, of));
}

function ghostRates({ now, before }: HomeFigures, of: FigureOf): (number | null)[] {
  return before === null ? [] : alignValues(now, before, listRates(before, before.series, of));
}

/** Largest of the groups by a figure, with a name. */
function findTop(groups: readonly OverviewGroup[], of: FigureOf, least = 0): OverviewGroup | null {
  const candidates = groups.filter(
    ({ group, totals }) => group !== "" && group !== OTHERS && totals.requests >= least,
  );
  return candidates.sort((a, b) => (of(b.totals) ?? 0) - (of(a.totals) ?? 0))[0] ?? null;
}

function comparable(before: Overview | null): Overview | null {
  return before !== null && before.totals.requests > 0 ? before : null;
}

function latencyTile(figures: HomeFigures, view: View): Tile {
  const { now, byEndpoint, byModel, assessment } = figures;
  const { p95Ms, ttftP95Ms, requests } = now.totals;
  const p95Of: FigureOf = (totals) => totals.p95Ms;
  const told = tell(
    figures,
    assessment.state === "slow"
      ? { ...assessment, now: assessment.p95Ms, before: assessment.normalMs }
      : null,
    { now: p95Ms, before: comparable(figures.before)?.totals.p95Ms ?? null },
  );
  const least = requests * 0.02;
  const slowest = findTop(byEndpoint, p95Of, least) ?? findTop(byModel, p95Of, least);
  return {
    name: "Latency p95",
    note: ttftP95Ms === null ? "" : `TTFT p95 ${formatDuration(ttftP95Ms)}`,
    ...(told.now === null ? { value: NOT_KNOWN, unit: "" } : durationQuantity(told.now)),
    since: told.since,
    change: formatChange(told.now, told.before),
    beforeValue: formatDuration(told.before),
    tone: told.tone,
    values: listSettledValues(now, now.series, p95Of),
    ghost: ghostOf(figures, p95Of),
    foot: tellSlowest(assessment, slowest),
    href: tracesAddress(view, told.now === null ? {} : { minDurationMs: String(Math.round(told.now)) }),
  };
}

/** Who makes the slow calls while calls are slow, else who is slowest. */
function tellSlowest(assessment: Assessment, slowest: OverviewGroup | null): string {
  const culprit = assessment.state === "slow" ? (assessment.endpoint ?? assessment.model) : null;
  if (culprit !== null) return `${culprit.name} ${formatPercent(culprit.share)} of the slow calls`;
  return slowest === null ? "" : `slowest ${slowest.group} ${formatDuration(slowest.totals.p95Ms)}`;
}

/** Dollars for a thousand calls with a price; null without any. */
function costPerThousand({ requests, costUsd, unpricedRequests }: OverviewFigures): number | null {
  const priced = requests - unpricedRequests;
  return costUsd === null || priced <= 0 ? null : (costUsd / priced) * 1000;
}

function trafficTile(figures: HomeFigures, view: View): Tile {
  const { now, assessment } = figures;
  const before = comparable(figures.before);
  const told = tell(
    figures,
    assessment.state === "dear"
      ? { ...assessment, now: assessment.costUsdPerHour, before: assessment.normalUsdPerHour }
      : null,
    { now: costPerHour(now), before: before === null ? null : costPerHour(before) },
  );
  const month = told.now === null ? "" : ` · month ${formatMoney(told.now * HOURS_A_MONTH)}`;
  const costOf: FigureOf = (totals) => totals.costUsd;
  return {
    name: "Traffic and cost",
    note: `${formatCompact(Number(requestsPerMinute(now).toPrecision(3)))} req/min`,
    value: formatMoney(told.now),
    unit: told.now === null ? "unpriced" : "/ h",
    since: told.since,
    change: formatChange(told.now, told.before),
    beforeValue: `${formatMoney(told.before)} / h`,
    tone: told.tone,
    values: listRates(now, now.series, costOf),
    ghost: ghostRates(figures, costOf),
    foot: `${formatMoney(costPerThousand(now.totals))} per 1,000${month}`,
    href: tracesAddress(view, {}),
  };
}

interface CountedErrors {
  errors: number;
  requests: number;
  types: { type: string; errors: number }[];
}

/** The errors the tile is about: since the trouble began where there is one, else of the range. */
function countErrors({ now, byErrorType, judged, assessment }: HomeFigures): CountedErrors {
  if (assessment.state !== "failing") {
    const types = byErrorType.map(({ group, totals }) => ({ type: group, errors: totals.errors }));
    return { errors: now.totals.errors, requests: now.totals.requests, types };
  }
  const count = (points: readonly OverviewPoint[], of: (point: OverviewPoint) => number): number =>
    sum(
      points.filter((point) => toEpochMs(point.time) >= assessment.sinceMs),
      of,
    );
  return {
    errors: count(judged.now.series, (point) => point.errors),
    requests: count(judged.now.series, (point) => point.requests),
    types: judged.byErrorType.map(({ group, series }) => ({
      type: group,
      errors: count(series, (point) => point.errors),
    })),
  };
}

function errorsTile(figures: HomeFigures, view: View): Tile {
  const { now, assessment } = figures;
  const before = comparable(figures.before);
  const counted = countErrors(figures);
  const told = tell(
    figures,
    assessment.state === "failing"
      ? { ...assessment, now: assessment.errorRatio, before: assessment.normalRatio }
      : null,
    { now: errorRatioOf(now.totals), before: before === null ? null : errorRatioOf(before.totals) },
  );
  const types = counted.types
    .filter(({ errors }) => errors > 0)
    .sort((a, b) => b.errors - a.errors)
    .slice(0, 2)
    .map(
      ({ type, errors }) => `${type === "" ? "no type" : type} ${formatPercent(errors / counted.requests)}`,
    );
  const ratioOf: FigureOf = (totals) => (totals.requests === 0 ? null : errorRatioOf(totals));
  return {
    name: "Errors",
    note: `${formatCount(counted.errors)} of ${formatCompact(counted.requests)}`,
    value: percentDigits(told.now ?? 0),
    unit: "%",
    since: told.since,
    change: formatPointChange(told.now, told.before),
    beforeValue: formatPercent(told.before),
    tone: told.tone,
    values: listSettledValues(now, now.series, ratioOf),
    ghost: ghostOf(figures, ratioOf),
    foot: types.join(" · "),
    href: tracesAddress(view, { status: "error" }),
  };
}

function tokensTile(figures: HomeFigures, view: View): Tile {
  const { now } = figures;
  const before = comparable(figures.before);
  const perMinute = (overview: Overview) =>
    (overview.totals.inputTokens + overview.totals.outputTokens) / (hoursWithData(overview) * 60);
  const rate = perMinute(now);
  const beforeRate = before === null ? null : perMinute(before);
  const { requests, inputTokens, outputTokens, cacheReadTokens } = now.totals;
  const tokensOf: FigureOf = (totals) => totals.inputTokens + totals.outputTokens;
  const [value = "", unit = ""] = formatCompact(
    rate >= 100 ? Math.round(rate) : Number(rate.toPrecision(3)),
  ).split(" ");
  return {
    name: "Tokens",
    since: null,
    note: inputTokens === 0 ? "" : `cached ${formatPercent(cacheReadTokens / inputTokens)}`,
    value,
    unit: `${unit} / min`.trim(),
    change: formatChange(rate, beforeRate),
    beforeValue: `${formatCompact(beforeRate === null ? null : Math.round(beforeRate))} / min`,
    tone: "plain",
    values: listRates(now, now.series, tokensOf),
    ghost: ghostRates(figures, tokensOf),
    foot: `${formatCount(inputTokens / requests)} in → ${formatCount(outputTokens / requests)} out per call`,
    href: tracesAddress(view, {}),
  };
}
