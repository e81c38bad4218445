import {
  useEffect,
  useEffectEvent,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
} from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useTheme } from "../frame/theme.ts";
import { createChartOptions } from "./chart-options.ts";
import { findPicked, layOut, type ChartPick, type ChartSeries } from "./chart-series.ts";
import styles from "./time-chart.module.css";

interface TimeChartProps {
  /** What the chart shows, for those who cannot see it. */
  label: string;
  /** Epoch seconds of the steps. */
  times: number[];
  /** Epoch seconds that the time axis covers. */
  span: [number, number];
  series: ChartSeries[];
  height: number;
  formatAxis: (value: number) => string;
  tickFactors?: readonly number[];
  onHover?: (index: number | null) => void;
  onZoom: (fromMs: number, toMs: number) => void;
  onPick: (pick: ChartPick) => void;
}

const CLICK_PX = 4;

/** Resolves CSS colours against the theme in force. */
function createColourReader(host: HTMLElement): (colour: string) => string {
  const known = new Map<string, string>();
  return (colour) => {
    const found = known.get(colour);
    if (found !== undefined) return found;
    const probe = document.createElement("span");
    probe.style.color = colour;
    host.append(probe);
    const read = getComputedStyle(probe).color;
    probe.remove();
    known.set(colour, read);
    return read;
  };
}

/** A chart over time. Dragging zooms, a click or Enter leads to what is behind a step, arrow keys move the cursor. */
export function TimeChart({ label, times, span, series, height, formatAxis, ...rest }: TimeChartProps) {
  const { tickFactors, onHover, onZoom, onPick } = rest;
  const hostRef = useRef<HTMLDivElement>(null);
  const chartRef = useRef<uPlot | null>(null);
  const pressedAt = useRef<number | null>(null);
  const [width, setWidth] = useState(0);
  const theme = useTheme();
  const drawn = useMemo(() => layOut(series), [series]);
  const data = useMemo<uPlot.AlignedData>(() => [times, ...drawn.map((one) => one.heights)], [times, drawn]);
  // Everything that needs a new chart rather than new data in the old one.
  const structure = drawn
    .map(({ series: { key, shape, colour, ghost } }) => [key, shape, colour, ghost].join())
    .join();

  const handleCursor = useEffectEvent((index: number | null) => onHover?.(index));
  const handleSelect = useEffectEvent((fromMs: number, toMs: number) => onZoom(fromMs, toMs));
  const createChart = useEffectEvent((host: HTMLDivElement) => {
    const colourOf = createColourReader(host);
    const look = { width, height, colourOf, formatAxis, tickFactors, syncKey: "page" };
    return new uPlot(
      createChartOptions(drawn, look, { onCursor: handleCursor, onSelect: handleSelect }),
      data,
      host,
    );
  });

  useEffect(() => {
    const host = hostRef.current;
    if (host === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(host);
    return () => observer.disconnect();
  }, []);

  const isMeasured = width > 0;
  useEffect(() => {
    const host = hostRef.current;
    if (host === null || !isMeasured) return;
    const chart = createChart(host);
    chartRef.current = chart;
    return () => {
      chartRef.current = null;
      chart.destroy();
    };
  }, [isMeasured, structure, theme]);

  useEffect(() => {
    if (isMeasured) chartRef.current?.setSize({ width, height });
  }, [isMeasured, width, height]);

  const [from, to] = span;
  useEffect(() => {
    const chart = chartRef.current;
    if (chart === null) return;
    chart.batch(() => {
      chart.setData(data, false);
      chart.setScale("x", { min: from, max: to });
    });
  }, [data, from, to, isMeasured, structure, theme]);

  const pickAt = (chart: uPlot, top: number) => {
    const index = chart.cursor.idx;
    if (index === null || index === undefined) return;
    onPick({ index, series: findPicked(drawn, index, chart.posToVal(top, "y")) });
  };
  const onPointerUp = (event: PointerEvent) => {
    const chart = chartRef.current;
    const moved = pressedAt.current === null ? Infinity : Math.abs(event.clientX - pressedAt.current);
    pressedAt.current = null;
    if (chart === null || moved > CLICK_PX || event.button !== 0) return;
    if (event.target === chart.over) pickAt(chart, event.clientY - chart.over.getBoundingClientRect().top);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const chart = chartRef.current;
    if (chart === null) return;
    if (event.key === "Enter") pickAt(chart, Number.MAX_SAFE_INTEGER);
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const step = event.key === "ArrowRight" ? 1 : -1;
    const index = Math.min(times.length - 1, Math.max(0, (chart.cursor.idx ?? times.length) + step));
    chart.setCursor({ left: chart.valToPos(times[index] ?? 0, "x"), top: 10 });
  };

  return (
    <div
      ref={hostRef}
      className={styles.chart}
      style={{ height }}
      role="group"
      tabIndex={0}
      aria-label={`${label}. Arrow keys move through time, Enter opens the traces.`}
      onPointerDown={(event) => {
        pressedAt.current = event.clientX;
      }}
      onPointerUp={onPointerUp}
      onKeyDown={onKeyDown}
      onBlur={() => onHover?.(null)}
    />
  );
}
