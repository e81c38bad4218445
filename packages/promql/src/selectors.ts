// Instant selectors over a grid. Hot path: see the overrides in .oxlintrc.json.
import type { AtModifier, VectorSelector } from "./ast.ts";
import { createColumn, pruneEmpty, type Column, type Grid } from "./columns.ts";
import { NativeHistogramError, UnsupportedFeatureError } from "./errors.ts";
import type { Evaluation } from "./evaluation.ts";
import { formatMetric, type Labels } from "./labels.ts";
import { checkAlive } from "./limits.ts";
import { isStaleMarker, type Series } from "./value.ts";

/** Where the samples for a step are looked for: at a fixed time, or a shift before the step. */
export interface Reference {
  readonly fixedMs: number | null;
  readonly offsetMs: number;
}

export function referenceOf(node: { at: AtModifier; offsetMs: number }, evaluation: Evaluation): Reference {
  const { at, offsetMs } = node;
  if (at === "start") return { fixedMs: evaluation.startMs - offsetMs, offsetMs };
  if (at === "end") return { fixedMs: evaluation.endMs - offsetMs, offsetMs };
  return { fixedMs: at === null ? null : at - offsetMs, offsetMs };
}

/** The time of the first look, and how far it moves with every step. */
export function startOf(reference: Reference, grid: Grid): { firstMs: number; stepMs: number } {
  if (reference.fixedMs !== null) return { firstMs: reference.fixedMs, stepMs: 0 };
  return { firstMs: grid.startMs - reference.offsetMs, stepMs: grid.stepMs };
}

/** Throws when a series holds native histograms, which are not supported yet. */
export function refuseNativeHistograms(series: Series): void {
  if (series.hasNativeHistograms !== true) return;
  const which = formatMetric(series.labels);
  throw new NativeHistogramError(`native histograms are not supported yet: ${which} holds some`);
}

/** Throws for `anchored` and `smoothed` selectors, which are not supported yet. */
export function refuseExtended({ extended }: VectorSelector): void {
  if (extended === null) return;
  throw new UnsupportedFeatureError(`the ${extended} modifier is not supported yet`);
}

/** A column of either the sample values or the sample times in seconds. */
function selectColumn(
  series: Series,
  look: { firstMs: number; stepMs: number; lookbackMs: number; times: boolean },
  count: number,
): Column {
  const column = createColumn(series.labels, look.times, count);
  const { timestampsMs, values } = series;
  const length = timestampsMs.length;
  let next = 0;
  let atMs = look.firstMs;
  for (let i = 0; i < count; i++, atMs += look.stepMs) {
    while (next < length && timestampsMs[next]! <= atMs) next++;
    if (next === 0) continue;
    const sampleMs = timestampsMs[next - 1]!;
    if (sampleMs <= atMs - look.lookbackMs) continue;
    const value = values[next - 1]!;
    if (value !== value && isStaleMarker(values, next - 1)) continue;
    column.values[i] = look.times ? sampleMs / 1000 : value;
    column.present[i] = 1;
  }
  return column;
}

/** Evaluates an instant selector: the newest sample within the lookback at every step. */
export function selectVector(
  evaluation: Evaluation,
  node: VectorSelector,
  grid: Grid,
  times = false,
): Column[] {
  refuseExtended(node);
  const series = evaluation.selected.get(node) ?? [];
  const look = {
    ...startOf(referenceOf(node, evaluation), grid),
    lookbackMs: evaluation.lookbackMs,
    times,
  };
  const columns = series.map((one, index) => {
    if (index % 256 === 0) checkAlive(evaluation.meter);
    refuseNativeHistograms(one);
    return selectColumn(one, look, grid.count);
  });
  return pruneEmpty(columns);
}

/** A series as range functions see it: no stale markers. */
export interface RangeSeries {
  readonly labels: Labels;
  readonly dropName: boolean;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

/** A copy without stale markers; the series itself when it has none. */
export function withoutStaleMarkers(series: Series): RangeSeries {
  const { labels, timestampsMs, values } = series;
  let stale = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value !== value && isStaleMarker(values, i)) stale++;
  }
  if (stale === 0) return { labels, dropName: false, timestampsMs, values };
  const keptTimes = new Float64Array(values.length - stale);
  const keptValues = new Float64Array(values.length - stale);
  let kept = 0;
  for (let i = 0; i < values.length; i++) {
    if (isStaleMarker(values, i)) continue;
    keptTimes[kept] = timestampsMs[i]!;
    keptValues[kept++] = values[i]!;
  }
  return { labels, dropName: false, timestampsMs: keptTimes, values: keptValues };
}
