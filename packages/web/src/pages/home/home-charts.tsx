import type { Overview, OverviewGroup } from "@spanlight/contract";
import { useMemo } from "react";
import { ChartPanel, type ChartContent } from "../../components/chart/chart-panel.tsx";
import type { ChartPick, ChartSeries } from "../../components/chart/chart-series.ts";
import {
  formatAxisCount,
  formatAxisDuration,
  formatAxisMoney,
  formatCompact,
  formatDuration,
  formatMoney,
} from "../../lib/format.ts";
import {
  alignValues,
  fitSpan,
  listGroupRates,
  listGroupValues,
  listRates,
  listTimes,
  listSettledValues,
  listValues,
  nameGroups,
  OTHERS,
  stepPeriod,
  type FigureOf,
} from "../../lib/overview-series.ts";
import { AGAINST_NAMES } from "../../lib/time-range.ts";
import type { Filters, View } from "../../lib/view.ts";
import styles from "./home.module.css";
import type { HomeFigures } from "./use-home.ts";

export interface HomeChartsProps {
  figures: HomeFigures | null;
  view: View;
  stale: boolean;
  onZoom: (fromMs: number, toMs: number) => void;
  /** Leads to the traces of a step. */
  onOpen: (filters: Filters, period: { fromMs: number; toMs: number }) => void;
}

const LARGE = 180;
const SMALL = 146;
/** A small chart has room for the names of so many groups. */
const MOST_IN_SMALL = 4;
/** Divisors of round times, so that an axis of milliseconds reads 250 ms, 500 ms, 1 s. */
const timeTicks = [1, 2, 2.5, 5, 10];

const requestsOf: FigureOf = (figures) => figures.requests;
const errorsOf: FigureOf = (figures) => figures.errors;
const ttftOf: FigureOf = (figures) => figures.ttftP95Ms;

const formatRate = (value: number | null) =>
  formatCompact(value === null ? null : Number(value.toPrecision(3)));

function contentOf({ now, before }: HomeFigures, series: ChartSeries[]): ChartContent {
  return { times: listTimes(now), span: fitSpan(now, before), stepSeconds: now.stepSeconds, series };
}

function latencySeries({ now, before }: HomeFigures, view: View): ChartSeries[] {
  const line = (key: string, label: string, of: FigureOf): ChartSeries => ({
    key,
    label,
    colour: `var(--${key})`,
    shape: "line",
    values: listSettledValues(now, now.series, of),
  });
  const ghost =
    before === null
      ? []
      : alignValues(
          now,
          before,
          listValues(before.series, (figures) => figures.p95Ms),
        );
  const lines = [
    line("p50", "p50", (figures) => figures.p50Ms),
    line("p95", "p95", (figures) => figures.p95Ms),
    line("p99", "p99", (figures) => figures.p99Ms),
  ];
  if (ghost.every((value) => value === null)) return lines;
  const label = `p95 ${AGAINST_NAMES[view.against]}`;
  return [
    ...lines,
    { key: "ghost", label, colour: "var(--ghost)", shape: "line", ghost: true, values: ghost },
  ];
}

function ttftSeries({ now, byModel }: HomeFigures): ChartSeries[] {
  const streamed = byModel.filter(({ totals }) => totals.ttftP95Ms !== null);
  return nameGroups(streamed, requestsOf, { unnamed: "no model" })
    .filter(({ groups }) => groups.length === 1)
    .map(({ key, label, colour, groups }) => ({
      key,
      label,
      colour,
      shape: "line" as const,
      values: listGroupValues(now, { key, label, colour, groups }, ttftOf),
    }));
}

interface RateOptions {
  shape: "area" | "bar";
  unnamed: string;
  colours?: readonly string[];
  most?: number;
}

function rateSeries(
  now: Overview,
  groups: readonly OverviewGroup[],
  of: FigureOf,
  options: RateOptions,
): ChartSeries[] {
  return nameGroups(groups, of, options).map((named) => ({
    key: named.key,
    label: named.label,
    colour: named.colour,
    shape: options.shape,
    values: listGroupRates(now, named, of),
  }));
}

const errorColours = ["--bad", "--series-3", "--series-6", "--series-4", "--series-2", "--series-5"].map(
  (name) => `var(${name})`,
);

function tokenSeries(now: Overview): ChartSeries[] {
  const area = (key: string, label: string, colour: string, of: FigureOf): ChartSeries => ({
    key,
    label,
    colour,
    shape: "area",
    values: listRates(now, now.series, of),
  });
  const fresh: FigureOf = (figures) => Math.max(0, figures.inputTokens - figures.cacheReadTokens);
  const all = [
    area("in", "in", "var(--series-1)", fresh),
    area("cached", "in, cached", "var(--series-2)", (figures) => figures.cacheReadTokens),
    area("out", "out", "var(--series-4)", (figures) => figures.outputTokens),
  ];
  return all.filter(({ values }) => values.some((value) => (value ?? 0) > 0));
}

/** Whether the calls say which endpoint they serve; if not, the service is what they are told apart by. */
function hasEndpoints({ byEndpoint }: HomeFigures): boolean {
  return byEndpoint.some(({ group }) => group !== "");
}

/** Leads from a click to the traces of that step, narrowed by the group that was hit. */
function useOpen(props: HomeChartsProps, filtersOf: (pick: ChartPick) => Filters) {
  const { figures, onOpen } = props;
  return (pick: ChartPick) => {
    const period = figures === null ? null : stepPeriod(figures.now, pick.index);
    if (period !== null) onOpen(filtersOf(pick), period);
  };
}

/** The group a click hit, as a filter; what has no name or stands for several is no filter. */
function groupFilter(name: "endpoint" | "service" | "model" | "errorType") {
  return ({ series }: ChartPick): Filters =>
    series === null || series.key === "" || series.key === OTHERS ? {} : { [name]: series.key };
}

/** Latency, and the time to the first token by model. */
export function LatencyCharts(props: HomeChartsProps) {
  const { figures, view, stale, onZoom } = props;
  const latency = useMemo(() => figures && contentOf(figures, latencySeries(figures, view)), [figures, view]);
  const ttft = useMemo(() => figures && contentOf(figures, ttftSeries(figures)), [figures]);
  const openLatency = useOpen(props, ({ index, series }) => {
    const least = series === null || series.key === "p50" ? null : series.values[index];
    return least == null ? {} : { minDurationMs: String(Math.floor(least)) };
  });
  const openTtft = useOpen(props, groupFilter("model"));
  const common = {
    stale,
    height: LARGE,
    formatValue: formatDuration,
    formatAxis: formatAxisDuration,
    onZoom,
  };
  return (
    <div className={styles.wideAndNarrow}>
      <ChartPanel
        {...common}
        title="Latency"
        content={latency}
        tickFactors={timeTicks}
        emptyNote="No model call ended in this range."
        onPick={openLatency}
      />
      <ChartPanel
        {...common}
        title="First token p95"
        content={ttft}
        tickFactors={timeTicks}
        emptyNote="No streamed call in this range: the time to the first token needs one."
        onPick={openTtft}
      />
    </div>
  );
}

/** Requests, errors and tokens a minute. */
export function TrafficCharts(props: HomeChartsProps) {
  const { figures, stale, onZoom } = props;
  const byEndpoint = figures !== null && hasEndpoints(figures);
  const requests = useMemo(() => {
    if (figures === null) return null;
    const groups = hasEndpoints(figures) ? figures.byEndpoint : figures.byModel;
    return contentOf(
      figures,
      rateSeries(figures.now, groups, requestsOf, {
        shape: "area",
        unnamed: "no endpoint",
        most: MOST_IN_SMALL,
      }),
    );
  }, [figures]);
  const errors = useMemo(() => {
    if (figures === null) return null;
    const options = { shape: "bar", unnamed: "no type", colours: errorColours, most: MOST_IN_SMALL } as const;
    return contentOf(figures, rateSeries(figures.now, figures.byErrorType, errorsOf, options));
  }, [figures]);
  const tokens = useMemo(() => figures && contentOf(figures, tokenSeries(figures.now)), [figures]);
  const openRequests = useOpen(props, groupFilter(byEndpoint ? "endpoint" : "model"));
  const openErrors = useOpen(props, (pick) => ({ status: "error", ...groupFilter("errorType")(pick) }));
  const openTokens = useOpen(props, () => ({}));
  const common = { stale, height: SMALL, formatValue: formatRate, formatAxis: formatAxisCount, onZoom };
  return (
    <div className={styles.thirds}>
      <ChartPanel
        {...common}
        title="Requests/min"
        content={requests}
        emptyNote="No model call ended in this range."
        onPick={openRequests}
      />
      <ChartPanel
        {...common}
        title="Errors/min"
        content={errors}
        emptyNote="No errors in this range."
        onPick={openErrors}
      />
      <ChartPanel
        {...common}
        title="Tokens/min"
        content={tokens}
        emptyNote="No call in this range reported its tokens."
        onPick={openTokens}
      />
    </div>
  );
}

interface CostChartProps extends HomeChartsProps {
  dimension: "service" | "endpoint" | "model" | "provider" | "operation" | "environment";
}

/** Dollars an hour by the chosen dimension. */
export function CostChart({ dimension, ...props }: CostChartProps) {
  const { figures, stale, onZoom } = props;
  const content = useMemo(() => {
    if (figures === null) return null;
    const perHour: FigureOf = (totals) => (totals.costUsd ?? 0) * 60;
    const options = { shape: "area", unnamed: `no ${dimension}` } as const;
    return contentOf(figures, rateSeries(figures.now, figures.byChosen, perHour, options));
  }, [figures, dimension]);
  const open = useOpen(props, ({ series }) =>
    series === null || series.key === "" || series.key === OTHERS ? {} : { [dimension]: series.key },
  );
  return (
    <ChartPanel
      title={`Cost an hour by ${dimension}`}
      content={content}
      stale={stale}
      height={LARGE}
      formatValue={formatMoney}
      formatAxis={formatAxisMoney}
      tickFactors={timeTicks}
      emptyNote="No call in this range has a known price."
      onZoom={onZoom}
      onPick={open}
    />
  );
}
