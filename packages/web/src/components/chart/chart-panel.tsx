import { useState, type ReactNode } from "react";
import { joinClasses } from "../../lib/class-names.ts";
import { formatClock, formatClockSeconds } from "../../lib/instant.ts";
import panelStyles from "../core/panel.module.css";
import { Panel } from "../core/panel.tsx";
import { Skeleton } from "../core/states.tsx";
import styles from "./chart-panel.module.css";
import type { ChartPick, ChartSeries } from "./chart-series.ts";
import { TimeChart } from "./time-chart.tsx";

/** Height of the line the legend stands on. */
const LEGEND_PX = 20;

/** What a chart draws. */
export interface ChartContent {
  /** Epoch seconds of the steps. */
  times: number[];
  span: [number, number];
  stepSeconds: number;
  series: ChartSeries[];
}

interface ChartPanelProps {
  title: string;
  /** Null while it loads for the first time. */
  content: ChartContent | null;
  /** The figures are old, newer ones are on their way. */
  stale: boolean;
  height: number;
  formatValue: (value: number | null) => string;
  formatAxis: (value: number) => string;
  tickFactors?: readonly number[];
  /** Stands before the legend, such as a switch. */
  control?: ReactNode;
  /** Says what would fill the chart when there is nothing in it. */
  emptyNote: string;
  onZoom: (fromMs: number, toMs: number) => void;
  onPick: (pick: ChartPick) => void;
}

/** A card with a chart; its legend shows the values under the cursor. */
export function ChartPanel({ title, content, stale, height, emptyNote, control, ...rest }: ChartPanelProps) {
  const isEmpty =
    content !== null && content.series.every(({ values }) => values.every((value) => value === null));
  if (content !== null && !isEmpty) {
    return (
      <section className={panelStyles.panel} aria-label={title}>
        <ChartPanelBody
          {...rest}
          title={title}
          heading={<h2 className={panelStyles.title}>{title}</h2>}
          content={content}
          height={height}
          control={control}
          className={joinClasses(stale && styles.stale)}
        />
      </section>
    );
  }
  return (
    <Panel title={title} aside={control}>
      <div className={styles.body} aria-busy={content === null}>
        {content === null ? (
          <div className={styles.loading}>
            <Skeleton height={height} />
          </div>
        ) : (
          <p className={styles.empty} style={{ height: height + LEGEND_PX }}>
            {emptyNote}
          </p>
        )}
      </div>
    </Panel>
  );
}

interface ChartPanelBodyProps extends Omit<ChartPanelProps, "content" | "stale" | "emptyNote"> {
  content: ChartContent;
  heading: ReactNode;
  /** The legend stands beside the heading and not below it. */
  isCompact?: boolean;
  className?: string;
}

/** A heading with its legend, and the chart below; for cards whose heading is more than a title. */
export function ChartPanelBody({
  content,
  heading,
  isCompact = false,
  className,
  control,
  ...chart
}: ChartPanelBodyProps) {
  const [hovered, setHovered] = useState<number | null>(null);
  const legend = <Legend content={content} hovered={hovered} formatValue={chart.formatValue} />;
  return (
    <>
      <header className={panelStyles.header}>
        {heading}
        {isCompact ? legend : null}
        {control}
      </header>
      {isCompact ? null : <div className={styles.legendRow}>{legend}</div>}
      <div className={joinClasses(styles.body, className)}>
        <TimeChart
          label={chart.title}
          times={content.times}
          span={content.span}
          series={content.series}
          height={chart.height}
          formatAxis={chart.formatAxis}
          {...(chart.tickFactors === undefined ? {} : { tickFactors: chart.tickFactors })}
          onHover={setHovered}
          onZoom={chart.onZoom}
          onPick={chart.onPick}
        />
      </div>
    </>
  );
}

interface LegendProps {
  content: ChartContent;
  hovered: number | null;
  formatValue: (value: number | null) => string;
}

/** More series than this have no room for their names beside their values, unless the card is wide. */
const MOST_NAMED = 3;

function Legend({ content, hovered, formatValue }: LegendProps) {
  const at = hovered === null ? undefined : content.times[hovered];
  const clock = content.stepSeconds < 60 ? formatClockSeconds : formatClock;
  return (
    <ul
      className={joinClasses(
        styles.legend,
        hovered !== null && styles.hovering,
        content.series.length > MOST_NAMED && styles.many,
      )}
      aria-live="off"
    >
      {at === undefined ? null : <li className={styles.time}>{clock(at * 1000)}</li>}
      {content.series.map((series) => (
        <li key={series.key} className={styles.entry}>
          <span
            className={series.shape === "line" ? styles.line : styles.square}
            style={{ background: series.colour }}
            aria-hidden="true"
          />
          <span className={styles.label}>{series.label}</span>
          {hovered === null ? null : (
            <span className={styles.value}>{formatValue(series.values[hovered] ?? null)}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
