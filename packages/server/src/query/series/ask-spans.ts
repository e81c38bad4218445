import type { SelectRequest } from "@spanlight/promql";
import type { Engine, Query } from "../../store/engine.ts";
import { type BlockWatch, createBlockWatch } from "./block-watch.ts";
import { type CountCache, createCountCache } from "./count-cache.ts";
import { type CountRow, listDays } from "./count-rows.ts";
import { createCountSpec, keyOf, NO_PROJECTIONS } from "./count-spec.ts";
import type { CounterGrid } from "./counter-grid.ts";
import { readContextWindows } from "./context-windows.ts";
import { createGaugeCache, type GaugeCache, type GaugeSamples } from "./gauge-cache.ts";
import type { GaugeMetric, LlmMetric } from "./llm-metrics.ts";
import { type GaugeRow, readCountRows, readGaugeRows } from "./read-increments.ts";
import { type KeptOptions, openSavedCounts, type SavedCounts } from "./kept/saved-counts.ts";
import { type LlmQuery, type LlmSeriesQuestion, renderGauge } from "./render-llm-series.ts";

export interface LlmSeriesOptions {
  readonly store: Engine;
  readonly project: string;
  /** Unix milliseconds: no sample lies after this. */
  readonly now: () => number;
  /** Where counts outlive the process. */
  readonly kept?: KeptOptions | undefined;
}

/** Counts of spans that are remembered; what a day takes by a dashboard's questions tells bench promql dashboard. */
const CACHE_BYTES = 128 * 1024 * 1024;

/** Where answers come from: the store, and what is remembered of it, in memory and on disk. */
export interface Sources {
  readonly options: LlmSeriesOptions;
  readonly watch: BlockWatch;
  readonly cache: CountCache;
  readonly gauges: GaugeCache;
  readonly saved: SavedCounts | undefined;
}

/** One metric that one selector asks for. */
export interface Task extends Sources {
  readonly question: LlmSeriesQuestion;
  readonly grid: CounterGrid;
  readonly request: SelectRequest;
  readonly budget: { samples: number };
}

export function createSources(options: LlmSeriesOptions): Sources {
  const { store, now, kept } = options;
  const saved = kept === undefined ? undefined : openSavedCounts(kept);
  const watch = createBlockWatch({ store, now, recall: saved && (() => saved.recall()) });
  const limits = { maxBytes: CACHE_BYTES, maxEntryBytes: CACHE_BYTES / 4 };
  const cache = createCountCache({ ...limits, store, now, watch, saved });
  return { options, watch, cache, gauges: createGaugeCache({ ...options, watch, saved }), saved };
}

/** Samples in order of time; those made of spans are remembered. */
export async function askGauge(
  task: Task,
  metric: GaugeMetric,
  range: { readonly fromSeconds: number; readonly toSeconds: number },
): Promise<readonly GaugeSamples[]> {
  const { question, gauges } = task;
  const read = async (fromSeconds: number, toSeconds: number): Promise<GaugeSamples[]> => {
    const grid = { fromSeconds: Math.max(0, fromSeconds), toSeconds, foldSeconds: fromSeconds };
    const query = renderGauge(metric, { ...question, grid });
    // Scores are found by a projection, and as many as there are.
    const isOfSpans = metric.source === undefined;
    const options = isOfSpans ? { isSmall: true, settings: NO_PROJECTIONS } : {};
    const rows = await ask(task, query && { ...query, ...options }, readGaugeRows);
    return rows.map(inOrder);
  };
  if (metric.source !== undefined || task.watch.isBlind()) return read(range.fromSeconds, range.toSeconds);
  const query = renderGauge(metric, question);
  if (query === null) return [];
  return gauges.read({ ...range, key: keyOf(query), read, reachSeconds: metric.reachSeconds });
}

function inOrder({ labels, times, values }: GaugeRow): GaugeSamples {
  const order = Array.from(times, (_time, index) => index).toSorted(
    (left, right) => (times[left] ?? 0) - (times[right] ?? 0),
  );
  return {
    labels,
    times: order.map((index) => times[index] ?? 0),
    values: order.map((index) => values[index] ?? NaN),
  };
}

/**
 * Asks for whole days, whatever the window, so that the answer serves the windows that follow: then only blocks that
 * have come since are read. Scores change with the spans they judge and are read each time.
 */
export async function askCached(
  task: Task,
  metric: LlmMetric,
  render: (question: LlmSeriesQuestion) => LlmQuery | null,
): Promise<readonly CountRow[]> {
  const { question, options, cache, watch, request, grid } = task;
  const needsContextWindows = metric.kind === "histogram" && metric.needsContextWindows === true;
  const spec = createCountSpec(render, question, needsContextWindows);
  if (spec === null) return [];
  const key = keyOf(spec);
  if (metric.source === undefined && !watch.isBlind() && !cache.isTooLarge(key)) {
    return cache.read({ key, spec, days: listDays(question.grid) });
  }
  const { store, project } = options;
  const parameters = needsContextWindows
    ? await readContextWindows({ store, project, range: grid, signal: request.signal })
    : {};
  return ask(task, render({ ...question, parameters }), readCountRows);
}

async function ask<Row>(
  { options, request }: Task,
  query: LlmQuery | null,
  read: (store: Engine, query: Query) => Promise<Row[]>,
): Promise<Row[]> {
  if (query === null) return [];
  const { isRollup: _isRollup, ...plain } = query;
  return read(options.store, { ...plain, signal: request.signal });
}
