// rate, increase, delta and their kin. Hot path: see the overrides in .oxlintrc.json.
import { KahanSum } from "../kahan.ts";
import type { RangeSeries } from "../selectors.ts";
import type { Column } from "../columns.ts";
import type { RangeWindow } from "./over-time.ts";

export interface Look {
  /** The end of the first window, how far it moves each step, and the width of the windows. */
  readonly firstMs: number;
  readonly stepMs: number;
  readonly rangeMs: number;
}

/** `counts[i]` = how often the counter was reset up to sample i; null when never. */
function countResets(values: Float64Array): Uint32Array | null {
  const { length } = values;
  let first = 1;
  while (first < length && !(values[first]! < values[first - 1]!)) first++;
  if (first >= length) return null;
  const counts = new Uint32Array(length);
  let resets = 0;
  for (let i = first; i < length; i++) {
    if (values[i]! < values[i - 1]!) resets++;
    counts[i] = resets;
  }
  return counts;
}

/** Adds what a counter had counted before each reset in a window. */
function addLost(values: Float64Array, from: number, to: number, increase: number): number {
  let total = increase;
  for (let i = from + 1; i < to; i++) if (values[i]! < values[i - 1]!) total += values[i - 1]!;
  return total;
}

/**
 * Writes rate (`perSecond`), increase or delta (`isCounter` false) of one series into a column.
 * The increase between the first and the last sample of a window is stretched to the edges of the
 * window when the samples come near enough to them (1.1 × their mean distance), else by half that
 * distance; a counter is never stretched below zero.
 */
export function rateColumn(
  series: RangeSeries,
  look: Look,
  kind: { isCounter: boolean; perSecond: boolean },
  out: Column,
): void {
  const { timestampsMs, values } = series;
  const length = timestampsMs.length;
  const { isCounter } = kind;
  const resets = isCounter ? countResets(values) : null;
  const divisor = kind.perSecond ? look.rangeMs / 1000 : 1;
  const outValues = out.values;
  const outPresent = out.present;
  let from = 0;
  let to = 0;
  let endMs = look.firstMs;
  for (let i = 0; i < outValues.length; i++, endMs += look.stepMs) {
    const startMs = endMs - look.rangeMs;
    while (to < length && timestampsMs[to]! <= endMs) to++;
    while (from < to && timestampsMs[from]! <= startMs) from++;
    const gaps = to - from - 1;
    if (gaps < 1) continue;
    const firstMs = timestampsMs[from]!;
    const lastMs = timestampsMs[to - 1]!;
    const first = values[from]!;
    let increase = values[to - 1]! - first;
    if (resets !== null && resets[to - 1]! !== resets[from]!) increase = addLost(values, from, to, increase);
    const sampled = (lastMs - firstMs) / 1000;
    const gap = sampled / gaps;
    const threshold = gap * 1.1;
    let toStart = (firstMs - startMs) / 1000;
    let toEnd = (endMs - lastMs) / 1000;
    if (toStart >= threshold) toStart = gap / 2;
    if (isCounter && increase > 0 && first >= 0) {
      const toZero = sampled * (first / increase);
      if (toZero < toStart) toStart = toZero;
    }
    if (toEnd >= threshold) toEnd = gap / 2;
    outValues[i] = increase * ((sampled + toStart + toEnd) / sampled / divisor);
    outPresent[i] = 1;
  }
}

/** The change between the last two samples, per second. */
export function irate({ timestampsMs, values, to }: RangeWindow): number {
  const last = values[to - 1]!;
  const before = values[to - 2]!;
  const seconds = (timestampsMs[to - 1]! - timestampsMs[to - 2]!) / 1000;
  return (last < before ? last : last - before) / seconds;
}

/** The change between the last two samples. */
export function idelta({ values, to }: RangeWindow): number {
  return values[to - 1]! - values[to - 2]!;
}

/** Least-squares line through the samples; x in seconds from `originMs`. */
function fitLine(window: RangeWindow, originMs: number): { slope: number; intercept: number } {
  const { timestampsMs, values, from, to } = window;
  const sumX = new KahanSum();
  const sumY = new KahanSum();
  const sumXY = new KahanSum();
  const sumX2 = new KahanSum();
  const first = values[from]!;
  let constant = true;
  for (let i = from; i < to; i++) {
    const y = values[i]!;
    if (i > from && y !== first) constant = false;
    const x = (timestampsMs[i]! - originMs) / 1000;
    sumX.add(x);
    sumY.add(y);
    sumXY.add(x * y);
    sumX2.add(x * x);
  }
  if (constant) {
    if (first === Infinity || first === -Infinity) return { slope: NaN, intercept: NaN };
    return { slope: 0, intercept: first };
  }
  const count = to - from;
  const x = sumX.sum + sumX.compensation;
  const y = sumY.sum + sumY.compensation;
  const covariance = sumXY.sum + sumXY.compensation - (x * y) / count;
  const variance = sumX2.sum + sumX2.compensation - (x * x) / count;
  const slope = covariance / variance;
  return { slope, intercept: y / count - (slope * x) / count };
}

export function deriv(window: RangeWindow): number {
  return fitLine(window, window.timestampsMs[window.from]!).slope;
}

export function predictLinear(window: RangeWindow): number {
  const { slope, intercept } = fitLine(window, window.timeMs);
  return slope * (window.parameters[0] ?? NaN) + intercept;
}
