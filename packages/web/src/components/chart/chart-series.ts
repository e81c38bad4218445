/** One line, area or row of bars. Colours are CSS colours such as `var(--p95)`. */
export interface ChartSeries {
  /** What the series stands for, handed back on a click: the name of a group, say. */
  key: string;
  label: string;
  colour: string;
  shape: "line" | "area" | "bar";
  values: (number | null)[];
  /** Drawn thin and below everything: the same figure a day before. */
  ghost?: boolean;
}

/** A click on a chart: the step under the cursor and the series nearest to it. */
export interface ChartPick {
  index: number;
  series: ChartSeries | null;
}

/** A series as it is drawn: areas and bars stand on those below them. */
export interface DrawnSeries {
  series: ChartSeries;
  heights: (number | null)[];
}

/**
 * Heights to draw, first to be drawn first: stacks from the top down (each covers the lower part of the one before,
 * so they need no transparency), then ghosts, then lines.
 */
export function layOut(all: readonly ChartSeries[]): DrawnSeries[] {
  const layers = all.filter((series) => series.shape !== "line");
  const isKnown = (i: number) => layers.some(({ values }) => (values[i] ?? null) !== null);
  const stacked: DrawnSeries[] = [];
  let below: (number | null)[] = [];
  for (const series of layers) {
    const heights = series.values.map((value, i) => (isKnown(i) ? (below[i] ?? 0) + (value ?? 0) : null));
    below = heights;
    stacked.unshift({ series, heights });
  }
  const lines = all
    .filter((series) => series.shape === "line")
    .map((series) => ({ series, heights: series.values }));
  return [
    ...stacked,
    ...lines.filter(({ series }) => series.ghost === true),
    ...lines.filter(({ series }) => series.ghost !== true),
  ];
}

/** The series that a click at height `value` means: the layer of a stack it lies in, else the nearest line. */
export function findPicked(drawn: readonly DrawnSeries[], index: number, value: number): ChartSeries | null {
  const layers = drawn.filter(({ series }) => series.shape !== "line").toReversed();
  const layer = layers.find(({ heights }) => value <= (heights[index] ?? 0));
  if (layer !== undefined && (layer.series.values[index] ?? 0) > 0) return layer.series;
  let nearest: ChartSeries | null = null;
  let leastDistance = Infinity;
  for (const { series, heights } of drawn) {
    const height = heights[index] ?? null;
    if (series.shape !== "line" || series.ghost === true || height === null) continue;
    const distance = Math.abs(height - value);
    if (distance < leastDistance) [nearest, leastDistance] = [series, distance];
  }
  return nearest;
}

/** Three or four round values from zero up to `highest`, for the horizontal lines. */
export function listTicks(highest: number, factors: readonly number[] = [1, 2, 5, 10]): number[] {
  if (!(highest > 0)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(highest / 3));
  const step = factors.map((factor) => factor * power).find((candidate) => candidate * 3 >= highest * 0.999);
  const size = step ?? 10 * power;
  const ticks = [0];
  while ((ticks.at(-1) ?? 0) < highest * 0.999) ticks.push(Number((ticks.length * size).toPrecision(12)));
  return ticks;
}
