import type { AlertRule } from "@spanlight/contract";
import { useMemo } from "react";
import { useLocation } from "wouter";
import { useObserved, type ObservedSeries } from "../../api/use-alerts.ts";
import { ChartPanel, type ChartContent } from "../../components/chart/chart-panel.tsx";
import type { ChartSeries } from "../../components/chart/chart-series.ts";
import { StaleNotice } from "../../components/core/states.tsx";
import { formatAxisCount, formatCompact } from "../../lib/format.ts";
import { tracesAddress } from "../../lib/traces-link.ts";
import { useView } from "../../lib/use-view.ts";
import type { View } from "../../lib/view.ts";
import { describeLabels, describeThreshold, filtersOfLabels } from "./alert-words.ts";

/** Series drawn at most: those with the highest value. */
const mostSeries = 6;
const thresholdKey = "threshold";

/** What the rule looks at, with the value it turns on. */
export function RuleChart({ rule, view }: { rule: AlertRule; view: View }) {
  const [, navigate] = useLocation();
  const { changeView } = useView();
  const observed = useObserved(rule.threshold?.observed ?? rule.query, view);
  const threshold = rule.threshold?.value ?? null;
  const content = useMemo(
    () => (observed.data === undefined ? null : toContent(observed.data, threshold)),
    [observed.data, threshold],
  );
  const words = describeThreshold(rule.threshold);
  return (
    <>
      <StaleNotice error={observed.error} onRetry={() => void observed.refetch()} />
      <ChartPanel
        title={words === "" ? "What it looks at" : `What it looks at; fires when ${words}`}
        content={content?.chart ?? null}
        stale={observed.isPlaceholderData}
        height={180}
        formatValue={formatCompact}
        formatAxis={formatAxisCount}
        emptyNote="No series in this range: no data is not the same as well."
        onZoom={(fromMs, toMs) => changeView({ range: { kind: "between", fromMs, toMs } })}
        onPick={({ index, series }) => {
          const atMs = (content?.chart.times[index] ?? 0) * 1000;
          const stepMs = (content?.chart.stepSeconds ?? 60) * 1000;
          const labels = content?.labelsOf.get(series?.key ?? "") ?? {};
          navigate(tracesAddress(view, filtersOfLabels(labels), { fromMs: atMs - stepMs, toMs: atMs }));
        }}
      />
    </>
  );
}

interface Observed {
  series: ObservedSeries[];
  fromMs: number;
  toMs: number;
  stepSeconds: number;
}

function toContent(
  { series, fromMs, toMs, stepSeconds }: Observed,
  threshold: number | null,
): { chart: ChartContent; labelsOf: Map<string, Readonly<Record<string, string>>> } {
  const first = Math.floor(fromMs / 1000 / stepSeconds) * stepSeconds;
  const count = Math.floor(toMs / 1000 / stepSeconds) - Math.floor(fromMs / 1000 / stepSeconds) + 1;
  const times = Array.from({ length: count }, (_, index) => first + index * stepSeconds);
  const drawn = series
    .map((one) => ({
      one,
      highest: Math.max(...one.values.map(([, value]) => toNumber(value) ?? -Infinity)),
    }))
    .toSorted((a, b) => b.highest - a.highest)
    .slice(0, mostSeries);
  const labelsOf = new Map(drawn.map(({ one }) => [describeLabels(one.labels), one.labels]));
  const lines = drawn.map(({ one }, index): ChartSeries => ({
    key: describeLabels(one.labels),
    label: describeLabels(one.labels),
    colour: `var(--series-${index + 1})`,
    shape: "line",
    values: spread(one.values, { first, stepSeconds, count }),
  }));
  const line: ChartSeries[] =
    threshold === null || lines.length === 0
      ? []
      : [
          {
            key: thresholdKey,
            label: "threshold",
            colour: "var(--bad)",
            shape: "line",
            ghost: true,
            values: times.map(() => threshold),
          },
        ];
  return {
    chart: { times, span: [fromMs / 1000, toMs / 1000], stepSeconds, series: [...lines, ...line] },
    labelsOf,
  };
}

function spread(
  values: ObservedSeries["values"],
  grid: { first: number; stepSeconds: number; count: number },
): (number | null)[] {
  const all = Array.from<number | null>({ length: grid.count }).fill(null);
  for (const [at, value] of values) {
    const index = Math.round((at - grid.first) / grid.stepSeconds);
    if (index >= 0 && index < grid.count) all[index] = toNumber(value);
  }
  return all;
}

/** What can be drawn; NaN and infinities are gaps. */
function toNumber(text: string): number | null {
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
