import type { SelectRequest } from "@spanlight/promql";
import type { Engine, Query } from "../../store/engine.ts";
import { type BlockWatch, createBlockWatch } from "./block-watch.ts";
import { readContextWindows } from "./context-windows.ts";
import { type CounterGrid, roundToDays } from "./counter-grid.ts";
import { createGaugeCache, type GaugeCache, type GaugeSamples } from "./gauge-cache.ts";
import { createIncrementCache, type IncrementCache } from "./increment-cache.ts";
import type { GaugeMetric, LlmMetric } from "./llm-metrics.ts";
import { type CounterRow, type GaugeRow, type HistogramRow, readGaugeRows } from "./read-increments.ts";
import { type LlmQuery, type LlmSeriesQuestion, renderGauge } from "./render-llm-series.ts";

export interface LlmSeriesOptions {
  readonly store: Engine;
  readonly project: string;
  /** Unix milliseconds: no sample lies after this. */
  readonly now: () => number;
}

/** Counts of spans that are remembered: a day of 24 label sets in 18 buckets takes 20 MB (bench promql dashboard). */
const CACHE_BYTES = 128 * 1024 * 1024;

/** Where answers come from: the store, and what is remembered of it. */
export interface Sources {
  readonly options: LlmSeriesOptions;
  readonly watch: BlockWatch;
  readonly cache: IncrementCache;
  readonly gauges: GaugeCache;
}

/** One metric that one selector asks for. */
export interface Task extends Sources {
  readonly question: LlmSeriesQuestion;
  readonly grid: CounterGrid;
  readonly request: SelectRequest;
  readonly budget: { samples: number };
}

export function createSources(options: LlmSeriesOptions): Sources {
  const watch = createBlockWatch(options.store, options.now);
  const cache = createIncrementCache({ watch, maxBytes: CACHE_BYTES, maxEntryBytes: CACHE_BYTES / 4 });
  return { options, watch, cache, gauges: createGaugeCache({ ...options, watch }) };
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
    const rows = await ask(task, renderGauge(metric, { ...question, grid }), readGaugeRows);
    return rows.map(inOrder);
  };
  if (metric.source !== undefined || task.watch.isBlind()) return read(range.fromSeconds, range.toSeconds);
  const { matchers, dimensions } = question;
  const key = JSON.stringify([metric.name, matchers, dimensions]);
  return gauges.read({ ...range, key, read, reachSeconds: metric.reachSeconds });
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

export function askContextWindows({ options, grid, request }: Task): ReturnType<typeof readContextWindows> {
  const { store, project } = options;
  return readContextWindows({ store, project, grid, signal: request.signal });
}

interface Asked<Row> {
  readonly render: (question: LlmSeriesQuestion) => LlmQuery | null;
  readonly read: (store: Engine, query: Query) => Promise<Row[]>;
}

/**
 * Asks for whole days, whatever the window, so that the answer serves the windows that follow: then only blocks that
 * have come since are read. Scores change with the spans they judge and are read each time.
 */
export async function askCached<Row extends HistogramRow | CounterRow>(
  task: Task,
  metric: LlmMetric,
  { render, read }: Asked<Row>,
): Promise<readonly Row[]> {
  const { question, options, cache, watch } = task;
  const days = roundToDays(question.grid);
  const whole = { ...question, grid: { ...days, foldSeconds: days.fromSeconds } };
  const query = render(whole);
  if (query === null) return [];
  const key = JSON.stringify([query.sql, query.parameters]);
  if (metric.source !== undefined || watch.isBlind() || cache.isTooLarge(key)) {
    return ask(task, render(question), read);
  }
  return cache.read<Row>({
    key,
    isRollup: query.isRollup,
    sizeOf,
    read: async (blocks) => {
      const narrowed = render({ ...whole, blocks });
      return narrowed === null ? [] : read(options.store, toPlain(narrowed));
    },
  });
}

/** About what a row takes in memory. */
function sizeOf(row: HistogramRow | CounterRow): number {
  return 300 + row.slots.byteLength + ("values" in row ? row.values.byteLength : 4 * row.counts.byteLength);
}

function toPlain({ isRollup: _isRollup, ...query }: LlmQuery): Query {
  return query;
}

async function ask<Row>(
  { options, request }: Task,
  query: LlmQuery | null,
  read: (store: Engine, query: Query) => Promise<Row[]>,
): Promise<Row[]> {
  if (query === null) return [];
  return read(options.store, { ...toPlain(query), signal: request.signal });
}
