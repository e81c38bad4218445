import type { Overview, OverviewGroup } from "@spanlight/contract";
import { Link } from "wouter";
import { Sparkline } from "../../components/chart/sparkline.tsx";
import { Skeleton } from "../../components/core/states.tsx";
import { costPerHour, errorRatioOf, hoursWithData, requestsPerMinute } from "../../lib/assess.ts";
import { joinClasses } from "../../lib/class-names.ts";
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
import { alignSteps, listRates, listValues, OTHERS, type FigureOf } from "../../lib/overview-series.ts";
import { AGAINST_NAMES } from "../../lib/time-range.ts";
import { tracesAddress } from "../../lib/traces-link.ts";
import type { View } from "../../lib/view.ts";
import styles from "./signal-tiles.module.css";
import type { HomeFigures } from "./use-home.ts";

interface Tile {
  name: string;
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

const HOURS_A_MONTH = 730;

/** The four golden signals, each with its value, its change, the line of the compared range and what stands out. */
export function SignalTiles({ figures, view, stale }: { figures: HomeFigures; view: View; stale: boolean }) {
  const tiles = [
    latencyTile(figures, view),
    trafficTile(figures, view),
    errorsTile(figures, view),
    tokensTile(figures, view),
  ];
  return (
    <ul className={joinClasses(styles.tiles, stale && styles.stale)} aria-label="Signals">
      {tiles.map((tile) => (
        <li key={tile.name} className={styles.item}>
          <Link href={tile.href} className={styles.tile}>
            <span className={styles.top}>
              <span className={styles.name}>{tile.name}</span>
              <span className={styles.note}>{tile.note}</span>
            </span>
            <span className={styles.figure}>
              <span className={styles.value}>{tile.value}</span>{" "}
              <span className={styles.unit}>{tile.unit}</span>
              {tile.change === null ? null : (
                <span
                  className={joinClasses(styles.change, tile.tone === "bad" && styles.bad)}
                  title={`against ${AGAINST_NAMES[view.against]}: ${tile.beforeValue ?? NOT_KNOWN}`}
                >
                  {tile.change}
                  <span className="visually-hidden"> against {AGAINST_NAMES[view.against]}</span>
                </span>
              )}
            </span>
            <Sparkline
              values={tile.values}
              ghost={tile.ghost}
              colour={tile.tone === "bad" ? "var(--bad)" : "var(--text)"}
            />
            <span className={styles.foot}>{tile.foot}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** Holds the place of the tiles while they load. */
export function SignalTilesSkeleton() {
  return (
    <ul className={styles.tiles} aria-hidden="true">
      {["latency", "traffic", "errors", "tokens"].map((name) => (
        <li key={name} className={styles.item}>
          <div className={styles.tile}>
            <Skeleton height={20} width={110} />
            <Skeleton height={32} width={90} />
            <Skeleton height={36} />
            <Skeleton height={20} width={140} />
          </div>
        </li>
      ))}
    </ul>
  );
}

function ghostOf({ now, before }: HomeFigures, of: FigureOf): (number | null)[] {
  return alignSteps(now, before).map((point) => (point === null ? null : of(point)));
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
  const before = comparable(figures.before);
  const quantity = p95Ms === null ? { value: NOT_KNOWN, unit: "" } : durationQuantity(p95Ms);
  const least = requests * 0.02;
  const p95Of: FigureOf = (totals) => totals.p95Ms;
  const slowest = findTop(byEndpoint, p95Of, least) ?? findTop(byModel, p95Of, least);
  return {
    name: "Latency p95",
    note: ttftP95Ms === null ? "" : `TTFT p95 ${formatDuration(ttftP95Ms)}`,
    ...quantity,
    change: formatChange(p95Ms, before?.totals.p95Ms ?? null),
    beforeValue: formatDuration(before?.totals.p95Ms ?? null),
    tone: assessment.state === "slow" ? "bad" : "plain",
    values: listValues(now.series, p95Of),
    ghost: ghostOf(figures, p95Of),
    foot: slowest === null ? "" : `slowest ${slowest.group} ${formatDuration(slowest.totals.p95Ms)}`,
    href: tracesAddress(view, p95Ms === null ? {} : { minDurationMs: String(Math.round(p95Ms)) }),
  };
}

function trafficTile(figures: HomeFigures, view: View): Tile {
  const { now, assessment } = figures;
  const { requests, costUsd, unpricedRequests } = now.totals;
  const before = comparable(figures.before);
  const perHour = costPerHour(now);
  const beforePerHour = before === null ? null : costPerHour(before);
  const perThousand =
    costUsd === null || requests === unpricedRequests
      ? null
      : (costUsd / (requests - unpricedRequests)) * 1000;
  const month = perHour === null ? "" : ` · at this rate ${formatMoney(perHour * HOURS_A_MONTH)} a month`;
  const rateOf: FigureOf = (totals) => totals.costUsd;
  return {
    name: "Traffic and cost",
    note: `${formatCompact(Number(requestsPerMinute(now).toPrecision(3)))} req/min`,
    value: formatMoney(perHour),
    unit: perHour === null ? "unpriced" : "/ h",
    change: formatChange(perHour, beforePerHour),
    beforeValue: `${formatMoney(beforePerHour)} / h`,
    tone: assessment.state === "dear" ? "bad" : "plain",
    values: listRates(now, now.series, rateOf),
    ghost: ghostOf(figures, rateOf).map((value) => (value === null ? null : value / (now.stepSeconds / 60))),
    foot: `${formatMoney(perThousand)} per 1,000 calls${month}`,
    href: tracesAddress(view, {}),
  };
}

function errorsTile(figures: HomeFigures, view: View): Tile {
  const { now, byErrorType, assessment } = figures;
  const before = comparable(figures.before);
  const ratio = errorRatioOf(now.totals);
  const beforeRatio = before === null ? null : errorRatioOf(before.totals);
  const types = byErrorType
    .filter(({ totals }) => totals.errors > 0)
    .sort((a, b) => b.totals.errors - a.totals.errors)
    .slice(0, 2)
    .map(
      ({ group, totals }) =>
        `${group === "" ? "no type" : group} ${formatPercent(totals.errors / now.totals.requests)}`,
    );
  const ratioOf: FigureOf = (totals) => (totals.requests === 0 ? null : errorRatioOf(totals));
  return {
    name: "Errors",
    note: `${formatCount(now.totals.errors)} of ${formatCompact(now.totals.requests)}`,
    value: percentDigits(ratio),
    unit: "%",
    change: formatPointChange(ratio, beforeRatio),
    beforeValue: formatPercent(beforeRatio),
    tone: assessment.state === "failing" ? "bad" : "plain",
    values: listValues(now.series, ratioOf),
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
    note: inputTokens === 0 ? "" : `cached ${formatPercent(cacheReadTokens / inputTokens)}`,
    value,
    unit: `${unit} / min`.trim(),
    change: formatChange(rate, beforeRate),
    beforeValue: `${formatCompact(beforeRate === null ? null : Math.round(beforeRate))} / min`,
    tone: "plain",
    values: listRates(now, now.series, tokensOf),
    ghost: ghostOf(figures, tokensOf).map((value) =>
      value === null ? null : value / (now.stepSeconds / 60),
    ),
    foot: `${formatCount(inputTokens / requests)} in → ${formatCount(outputTokens / requests)} out per call`,
    href: tracesAddress(view, {}),
  };
}
