import uPlot from "uplot";
import { formatClock, formatClockSeconds, formatDay } from "../../lib/instant.ts";
import { listTicks, type DrawnSeries } from "./chart-series.ts";

export interface ChartLook {
  width: number;
  height: number;
  /** Resolves a CSS colour such as `var(--p95)` to one a canvas knows. */
  colourOf: (colour: string) => string;
  formatAxis: (value: number) => string;
  /** Values the horizontal lines stand at may be these times a power of ten. */
  tickFactors: readonly number[] | undefined;
  syncKey: string;
}

export interface ChartEvents {
  onCursor: (index: number | null) => void;
  onSelect: (fromMs: number, toMs: number) => void;
}

const AXIS_FONT = '11px "Inter Variable", system-ui, sans-serif';
const LINE = 1.5;
const AXIS_WIDTH = 46;

/** Options of uPlot for our look: no box, three faint lines, local time below, one cursor for the whole page. */
export function createChartOptions(
  drawn: readonly DrawnSeries[],
  look: ChartLook,
  events: ChartEvents,
): uPlot.Options {
  return {
    width: look.width,
    height: look.height,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true, auto: false },
      y: { range: (_chart, _least, highest) => [0, listTicks(highest, look.tickFactors).at(-1) ?? 1] },
    },
    axes: [createTimeAxis(look), createValueAxis(look)],
    series: [{}, ...drawn.map((one) => createSeries(one, look))],
    cursor: {
      y: false,
      points: { show: true, size: 6, width: 1.5, stroke: () => look.colourOf("var(--panel)") },
      drag: { x: true, y: false, setScale: false, dist: 4 },
      sync: {
        key: look.syncKey,
        setSeries: false,
        scales: ["x", null],
        filters: { pub: (type) => type === "mousemove" || type === "mouseleave" },
      },
    },
    hooks: {
      setCursor: [(chart) => events.onCursor(chart.cursor.idx ?? null)],
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          if (width < 4) return;
          const fromMs = chart.posToVal(left, "x") * 1000;
          const toMs = chart.posToVal(left + width, "x") * 1000;
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          events.onSelect(fromMs, toMs);
        },
      ],
    },
  };
}

function createTimeAxis(look: ChartLook): uPlot.Axis {
  return {
    font: AXIS_FONT,
    stroke: () => look.colourOf("var(--text-3)"),
    size: 24,
    gap: 4,
    space: 70,
    grid: { show: false },
    ticks: { show: false },
    values: (chart, splits) => {
      const { min = 0, max = 0 } = chart.scales["x"] ?? {};
      // A narrow chart may have room for one label only: then the whole range says how far apart labels would be.
      const step = splits.length > 1 ? (splits[1] ?? 0) - (splits[0] ?? 0) : (max ?? 0) - (min ?? 0);
      return splits.map((at) => labelTime(at * 1000, step * 1000));
    },
  };
}

/** The clock, with seconds where the labels are less than a minute apart; midnight and steps of whole days read as the day. */
function labelTime(atMs: number, stepMs: number): string {
  if (stepMs < 60_000) return formatClockSeconds(atMs);
  const isMidnight = formatClock(atMs) === "00:00";
  return isMidnight || stepMs >= 20 * 3_600_000 ? formatDay(atMs) : formatClock(atMs);
}

function createValueAxis(look: ChartLook): uPlot.Axis {
  return {
    font: AXIS_FONT,
    stroke: () => look.colourOf("var(--text-3)"),
    size: AXIS_WIDTH,
    gap: 4,
    ticks: { show: false },
    border: { show: false },
    grid: { stroke: () => look.colourOf("var(--line)"), width: 1 },
    splits: (_chart, _axis, _least, highest) => listTicks(highest, look.tickFactors),
    values: (_chart, splits) => splits.map((value) => look.formatAxis(value)),
  };
}

function createSeries({ series }: DrawnSeries, look: ChartLook): uPlot.Series {
  const colour = () => look.colourOf(series.colour);
  const soft = () => look.colourOf(`color-mix(in srgb, ${series.colour} 80%, var(--panel))`);
  switch (series.shape) {
    case "line":
      return {
        stroke: colour,
        width: series.ghost === true ? 1 : LINE,
        points: { show: true, size: 4, width: 0, fill: colour, filter: listLonePoints },
      };
    case "area":
      return { width: 0, fill: soft, points: { show: false } };
    case "bar": {
      const paths = uPlot.paths.bars?.({ size: [0.8, 24], align: 1 });
      return { width: 0, fill: colour, points: { show: false }, ...(paths === undefined ? {} : { paths }) };
    }
  }
}

/** Points without a neighbour on either side: no line would show them. */
function listLonePoints(chart: uPlot, seriesIndex: number, show: boolean): number[] | null {
  const values = chart.data[seriesIndex];
  if (!show || values === undefined) return null;
  const lone: number[] = [];
  for (let i = 0; i < values.length; i += 1) {
    if (values[i] != null && values[i - 1] == null && values[i + 1] == null) lone.push(i);
  }
  return lone;
}
