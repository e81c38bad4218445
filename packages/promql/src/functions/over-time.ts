// Functions of a window of samples. Hot path: see the overrides in .oxlintrc.json.
import { KahanMean, KahanSum } from "../kahan.ts";
import { quantileOf } from "../quantile.ts";

/** The samples a range function looks at: indexes from (inclusive) to (exclusive). */
export interface RangeWindow {
  timestampsMs: Float64Array;
  values: Float64Array;
  from: number;
  to: number;
  /** The time of the step. */
  timeMs: number;
  /** The scalar arguments at this step. */
  parameters: number[];
}

export type RangeKernel = (window: RangeWindow) => number;

function sumOverTime({ values, from, to }: RangeWindow): number {
  let sum = 0;
  let compensation = 0;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    const next = sum + value;
    if (next === Infinity || next === -Infinity) compensation = 0;
    else if (Math.abs(sum) >= Math.abs(value)) compensation += sum - next + value;
    else compensation += value - next + sum;
    sum = next;
  }
  return sum === Infinity || sum === -Infinity ? sum : sum + compensation;
}

function avgOverTime(window: RangeWindow): number {
  const sum = sumOverTime(window);
  // Only a sum that overflows (or is infinite) needs the slower way.
  if (sum !== Infinity && sum !== -Infinity && sum === sum) return sum / (window.to - window.from);
  return slowAvgOverTime(window);
}

function slowAvgOverTime({ values, from, to }: RangeWindow): number {
  const mean = new KahanMean();
  for (let i = from; i < to; i++) mean.add(values[i]!);
  return mean.mean;
}

function minOverTime({ values, from, to }: RangeWindow): number {
  let least = values[from]!;
  for (let i = from + 1; i < to; i++) {
    const value = values[i]!;
    if (value < least || least !== least) least = value;
  }
  return least;
}

function maxOverTime({ values, from, to }: RangeWindow): number {
  let most = values[from]!;
  for (let i = from + 1; i < to; i++) {
    const value = values[i]!;
    if (value > most || most !== most) most = value;
  }
  return most;
}

function varianceOverTime({ values, from, to }: RangeWindow): number {
  const mean = new KahanSum();
  const squares = new KahanSum();
  let count = 0;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    count++;
    const delta = value - (mean.sum + mean.compensation);
    mean.add(delta / count);
    squares.add(delta * (value - (mean.sum + mean.compensation)));
  }
  return (squares.sum + squares.compensation) / count;
}

function changes({ values, from, to }: RangeWindow): number {
  let count = 0;
  for (let i = from + 1; i < to; i++) {
    const value = values[i]!;
    const before = values[i - 1]!;
    if (value !== before && (value === value || before === before)) count++;
  }
  return count;
}

function resets({ values, from, to }: RangeWindow): number {
  let count = 0;
  for (let i = from + 1; i < to; i++) if (values[i]! < values[i - 1]!) count++;
  return count;
}

function medianDeviation({ values, from, to }: RangeWindow): number {
  const window = values.slice(from, to);
  if (window.some(Number.isNaN)) return NaN;
  const median = quantileOf(0.5, window);
  return quantileOf(
    0.5,
    window.map((value) => Math.abs(value - median)),
  );
}

function timeOfExtreme(window: RangeWindow, sign: 1 | -1): number {
  const { values, timestampsMs, from, to } = window;
  let extreme = values[from]!;
  let at = from;
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    if (value * sign >= extreme * sign || extreme !== extreme) {
      extreme = value;
      at = i;
    }
  }
  return timestampsMs[at]! / 1000;
}

/** Double exponential smoothing; `parameters` are the smoothing and the trend factor. */
function smooth({ values, from, to, parameters }: RangeWindow): number {
  const [smoothing = 0, trendFactor = 0] = parameters;
  let before = 0;
  let smoothed = values[from]!;
  let trend = values[from + 1]! - smoothed;
  for (let i = from + 1; i < to; i++) {
    if (i > from + 1) trend = trendFactor * (smoothed - before) + (1 - trendFactor) * trend;
    const next = smoothing * values[i]! + (1 - smoothing) * (smoothed + trend);
    before = smoothed;
    smoothed = next;
  }
  return smoothed;
}

interface RangeFunction {
  readonly kernel: RangeKernel;
  /** Fewer samples give no value. */
  readonly minSamples: number;
  readonly keepsName?: boolean;
}

const OVER_TIME: Readonly<Record<string, RangeFunction>> = {
  sum_over_time: { kernel: sumOverTime, minSamples: 1 },
  avg_over_time: { kernel: avgOverTime, minSamples: 1 },
  count_over_time: { kernel: ({ from, to }) => to - from, minSamples: 1 },
  min_over_time: { kernel: minOverTime, minSamples: 1 },
  max_over_time: { kernel: maxOverTime, minSamples: 1 },
  stdvar_over_time: { kernel: varianceOverTime, minSamples: 1 },
  stddev_over_time: { kernel: (window) => Math.sqrt(varianceOverTime(window)), minSamples: 1 },
  present_over_time: { kernel: () => 1, minSamples: 1 },
  first_over_time: { kernel: ({ values, from }) => values[from]!, minSamples: 1, keepsName: true },
  last_over_time: { kernel: ({ values, to }) => values[to - 1]!, minSamples: 1, keepsName: true },
  quantile_over_time: {
    kernel: ({ values, from, to, parameters }) => quantileOf(parameters[0] ?? NaN, values.slice(from, to)),
    minSamples: 1,
  },
  mad_over_time: { kernel: medianDeviation, minSamples: 1 },
  changes: { kernel: changes, minSamples: 1 },
  resets: { kernel: resets, minSamples: 1 },
  double_exponential_smoothing: { kernel: smooth, minSamples: 2 },
  ts_of_first_over_time: {
    kernel: ({ timestampsMs, from }) => timestampsMs[from]! / 1000,
    minSamples: 1,
  },
  ts_of_last_over_time: {
    kernel: ({ timestampsMs, to }) => timestampsMs[to - 1]! / 1000,
    minSamples: 1,
  },
  ts_of_max_over_time: { kernel: (window) => timeOfExtreme(window, 1), minSamples: 1 },
  ts_of_min_over_time: { kernel: (window) => timeOfExtreme(window, -1), minSamples: 1 },
};

/** The function by that name, of this file. */
export function findOverTime(name: string): RangeFunction | null {
  return OVER_TIME[name] ?? null;
}
