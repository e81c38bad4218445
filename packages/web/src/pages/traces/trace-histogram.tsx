import type { TraceFacets } from "@spanlight/contract";
import { useMemo } from "react";
import { useLocation } from "wouter";
import { ChartPanelBody } from "../../components/chart/chart-panel.tsx";
import type { ChartSeries } from "../../components/chart/chart-series.ts";
import { Skeleton } from "../../components/core/states.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import { formatCompact, formatCount, formatDuration, formatMoney, formatPercent } from "../../lib/format.ts";
import { toEpochMs } from "../../lib/instant.ts";
import { useView } from "../../lib/use-view.ts";
import { addressOf } from "../../lib/view.ts";
import styles from "./trace-histogram.module.css";

interface TraceHistogramProps {
  facets: TraceFacets | null;
  stale: boolean;
  onZoom: (fromMs: number, toMs: number) => void;
}

const HEIGHT = 104;
const formatAxis = (value: number) => (Number.isInteger(value) ? formatCompact(value) : "");

/** How many traces over time, split by status; a click or a drag goes into a stretch of time. */
export function TraceHistogram({ facets, stale, onZoom }: TraceHistogramProps) {
  const { view } = useView();
  const [, navigate] = useLocation();
  const content = useMemo(() => {
    if (facets === null) return null;
    const { points, stepSeconds } = facets.histogram;
    const times = points.map((point) => toEpochMs(point.time) / 1000);
    const bars = (key: "ok" | "error", colour: string): ChartSeries => ({
      key,
      label: key,
      colour,
      shape: "bar",
      values: points.map((point) => point[key]),
    });
    const first = times[0] ?? 0;
    const span: [number, number] = [first, (times.at(-1) ?? first) + stepSeconds];
    return { times, span, stepSeconds, series: [bars("ok", "var(--p95)"), bars("error", "var(--bad)")] };
  }, [facets]);
  return (
    <section className={styles.panel} aria-label="Traces over time">
      {facets === null || content === null ? (
        <div className={styles.loading}>
          <Skeleton height={20} width={260} />
          <Skeleton height={HEIGHT - 16} />
        </div>
      ) : (
        <ChartPanelBody
          title="Traces over time"
          heading={<Totals facets={facets} />}
          content={content}
          isCompact
          className={joinClasses(stale && styles.stale)}
          height={HEIGHT}
          formatValue={formatCount}
          formatAxis={formatAxis}
          onZoom={onZoom}
          onPick={({ index, series }) => {
            const fromMs = (content.times[index] ?? 0) * 1000;
            const range = { kind: "between" as const, fromMs, toMs: fromMs + content.stepSeconds * 1000 };
            const status = series?.key === "error" ? { status: "error" } : {};
            navigate(addressOf("/traces", { ...view, range, filters: { ...view.filters, ...status } }));
          }}
        />
      )}
    </section>
  );
}

function Totals({ facets: { totals, sampledOneIn } }: { facets: TraceFacets }) {
  const errorRatio = totals.traces === 0 ? 0 : totals.errors / totals.traces;
  return (
    <p className={styles.totals}>
      {sampledOneIn > 1 ? <span title={`estimated from every ${sampledOneIn}th trace`}>about </span> : null}
      <b>{formatCount(totals.traces)}</b> {totals.traces === 1 ? "trace" : "traces"}
      {totals.p95Ms === null ? null : (
        <>
          {" · p95 "}
          <b>{formatDuration(totals.p95Ms)}</b>
        </>
      )}
      {totals.costUsd === null ? null : (
        <>
          {" · "}
          <b>{formatMoney(totals.costUsd)}</b>
        </>
      )}
      {" · errors "}
      <b className={joinClasses(totals.errors > 0 && styles.bad)}>{formatPercent(errorRatio)}</b>
    </p>
  );
}
