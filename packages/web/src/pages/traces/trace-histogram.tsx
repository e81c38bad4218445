import type { TraceFacets } from "@spanlight/contract";
import { useMemo } from "react";
import { useLocation } from "wouter";
import { ChartPanelBody } from "../../components/chart/chart-panel.tsx";
import type { ChartSeries } from "../../components/chart/chart-series.ts";
import { Skeleton } from "../../components/core/states.tsx";
import { joinClasses } from "../../lib/class-names.ts";
import {
  formatChange,
  formatCompact,
  formatCount,
  formatDuration,
  formatMoney,
  formatPercent,
  formatPointChange,
} from "../../lib/format.ts";
import { toEpochMs } from "../../lib/instant.ts";
import { AGAINST_NAMES } from "../../lib/time-range.ts";
import { useView } from "../../lib/use-view.ts";
import { addressOf } from "../../lib/view.ts";
import styles from "./trace-histogram.module.css";

interface TraceHistogramProps {
  facets: TraceFacets | null;
  /** The same traces in the range they are compared with. */
  before: TraceFacets | null;
  stale: boolean;
  onZoom: (fromMs: number, toMs: number) => void;
}

const HEIGHT = 104;
const formatAxis = (value: number) => (Number.isInteger(value) ? formatCompact(value) : "");

/** How many traces over time, split by status; a click or a drag goes into a stretch of time. */
export function TraceHistogram({ facets, before, stale, onZoom }: TraceHistogramProps) {
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
    const series = [bars("ok", "var(--p95)"), bars("error", "var(--bad)")];
    const ghost = before?.histogram.points.slice(0, points.length).map(({ ok, error }) => ok + error) ?? [];
    if (ghost.some((count) => count > 0)) {
      const label = AGAINST_NAMES[view.against];
      series.push({ key: "ghost", label, colour: "var(--ghost)", shape: "line", ghost: true, values: ghost });
    }
    return { times, span, stepSeconds, series };
  }, [facets, before, view.against]);
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
          heading={<Totals facets={facets} before={before} against={AGAINST_NAMES[view.against]} />}
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

interface TotalsProps {
  facets: TraceFacets;
  before: TraceFacets | null;
  /** What is compared with, in words. */
  against: string;
}

const errorRatioOf = ({ traces, errors }: TraceFacets["totals"]) => (traces === 0 ? 0 : errors / traces);

interface Total {
  before: string;
  text: string;
  after: string;
  change: string | null;
  isBad?: boolean;
}

function listTotals(totals: TraceFacets["totals"], past: TraceFacets["totals"] | null): Total[] {
  const { traces, errors, p95Ms, costUsd } = totals;
  const ratio = errorRatioOf(totals);
  return [
    {
      before: "",
      text: formatCount(traces),
      after: traces === 1 ? " trace" : " traces",
      change: past && formatChange(traces, past.traces),
    },
    ...(p95Ms === null
      ? []
      : [
          {
            before: "p95 ",
            text: formatDuration(p95Ms),
            after: "",
            change: past && formatChange(p95Ms, past.p95Ms),
          },
        ]),
    ...(costUsd === null
      ? []
      : [
          {
            before: "",
            text: formatMoney(costUsd),
            after: "",
            change: past && formatChange(costUsd, past.costUsd),
          },
        ]),
    {
      before: "errors ",
      text: formatPercent(ratio),
      after: "",
      change: past && formatPointChange(ratio, errorRatioOf(past)),
      isBad: errors > 0,
    },
  ];
}

function Totals({ facets: { totals, sampledOneIn }, before, against }: TotalsProps) {
  const past = before === null || before.totals.traces === 0 ? null : before.totals;
  return (
    <p className={styles.totals}>
      {sampledOneIn > 1 ? <span title={`estimated from every ${sampledOneIn}th trace`}>about </span> : null}
      {listTotals(totals, past).map((total, i) => (
        <span key={`${total.before}${total.after}${i}`}>
          {i === 0 ? "" : " · "}
          {total.before}
          <b className={joinClasses(total.isBad && styles.bad)}>{total.text}</b>
          {total.after}
          <Change text={total.change} against={against} />
        </span>
      ))}
    </p>
  );
}

function Change({ text, against }: { text: string | null; against: string }) {
  return text === null ? null : (
    <span className={styles.change} title={`against ${against}`}>
      {" "}
      {text}
    </span>
  );
}
