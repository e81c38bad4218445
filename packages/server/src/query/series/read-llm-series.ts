import {
  compileMatcher,
  compileMatchers,
  formatValue,
  labelsFrom,
  type SelectRequest,
  type Series,
  type SeriesReader,
  TooManySamplesError,
} from "@spanlight/promql";
import type { Engine, Query } from "../../store/engine.ts";
import { createBlockWatch } from "./block-watch.ts";
import {
  accumulate,
  accumulateBuckets,
  type CounterGrid,
  createGrid,
  type GridSamples,
  type Increments,
  roundToDays,
} from "./counter-grid.ts";
import { readContextWindows } from "./context-windows.ts";
import {
  type CounterMetric,
  type GaugeMetric,
  type HistogramMetric,
  listSeriesNames,
  LLM_METRICS,
  type LlmMetric,
  type SeriesPart,
} from "./llm-metrics.ts";
import {
  type CounterRow,
  groupByLabels,
  type HistogramRow,
  readCounterRows,
  readGaugeRows,
  readHistogramRows,
} from "./read-increments.ts";
import { createIncrementCache, type IncrementCache } from "./increment-cache.ts";
import { hasScores } from "./score-source.ts";
import {
  listLabels,
  type LlmQuery,
  type LlmSeriesQuestion,
  renderCounter,
  renderGauge,
  renderHistogram,
  renderRollupPart,
} from "./render-llm-series.ts";

export interface LlmSeriesOptions {
  readonly store: Engine;
  readonly project: string;
  /** Unix milliseconds: no sample lies after this. */
  readonly now: () => number;
}

/** Samples one selector may make; what a query may hold at all. */
const MAX_SAMPLES = 50_000_000;
/** What the last slot of a grid may leave out. */
const SLOT_SECONDS = 10;
/** Counts of spans that are remembered: a day of 24 label sets in 18 buckets takes 20 MB (bench promql dashboard). */
const CACHE_BYTES = 128 * 1024 * 1024;

/** Reads the series that are worked out from spans: of each selector, those whose names its matchers take. */
export function createLlmReader(options: LlmSeriesOptions): SeriesReader {
  const watch = createBlockWatch(options.store, options.now);
  const cache = createIncrementCache({ watch, maxBytes: CACHE_BYTES, maxEntryBytes: CACHE_BYTES / 4 });
  return {
    async select(request) {
      const wanted = findMetrics(request.matchers);
      const found = await Promise.all(wanted.map((one) => readMetric({ options, cache }, one, request)));
      return found.flat();
    },
  };
}

interface WantedMetric {
  readonly metric: LlmMetric;
  /** The parts whose series names match, with those names. */
  readonly parts: ReadonlyArray<readonly [SeriesPart, string]>;
}

/** The metrics, and their parts, that matchers on the name and on constant labels take. */
export function findMetrics(matchers: SelectRequest["matchers"]): WantedMetric[] {
  const names = compileMatchers(matchers.filter(({ name }) => name === "__name__"));
  return LLM_METRICS.flatMap((metric) => {
    const parts = listSeriesNames(metric).filter(([, name]) => names(["__name__", name]));
    const constants = metric.constants ?? {};
    const isWanted = matchers.every(
      (matcher) => !(matcher.name in constants) || compileMatcher(matcher)(constants[matcher.name] ?? ""),
    );
    return isWanted && parts.length > 0 ? [{ metric, parts }] : [];
  });
}

/** Errors by type have a label that requests lack: to be divided by them as they stand they go without it. */
function withoutOwnLabels(metric: LlmMetric, dimensions: readonly string[]): LlmMetric {
  const hidden = metric.ownLabels?.filter((name) => !dimensions.includes(name)) ?? [];
  if (hidden.length === 0) return metric;
  return { ...metric, labels: metric.labels.filter((name) => !hidden.includes(name)) };
}

interface Sources {
  readonly options: LlmSeriesOptions;
  readonly cache: IncrementCache;
}

interface Task extends Sources {
  readonly question: LlmSeriesQuestion;
  readonly grid: CounterGrid;
  readonly request: SelectRequest;
  readonly budget: { samples: number };
}

async function readMetric(
  { options, cache }: Sources,
  { metric: defined, parts }: WantedMetric,
  request: SelectRequest,
): Promise<Series[]> {
  const metric = request.isMatched === true ? withoutOwnLabels(defined, request.dimensions) : defined;
  const grid = createGrid({ startMs: request.startMs, endMs: request.endMs, nowMs: options.now() });
  if (grid.times.length === 0) return [];
  if (metric.source !== undefined) {
    const { fromSeconds, toSeconds } = grid;
    const range = { project: options.project, fromSeconds, toSeconds: toSeconds + SLOT_SECONDS };
    if (!(await hasScores(options.store, range, request.signal))) return [];
  }
  const { matchers, dimensions } = request;
  // What a query adds up to groups may be counted by group: at 120 label sets that is a hundredth of the work.
  const groupedBy = request.summed && metric.kind !== "gauge" ? request.grouping : undefined;
  const question: LlmSeriesQuestion = { project: options.project, grid, matchers, dimensions, groupedBy };
  const task = { options, cache, question, grid, request, budget: { samples: 0 } };
  if (metric.kind === "gauge") return readGauge(task, metric);
  if (metric.kind === "counter") return readCounter(task, metric);
  return readHistogram(task, metric, parts);
}

async function readCounter(task: Task, metric: CounterMetric): Promise<Series[]> {
  const testLe = compileMatchers(task.request.matchers.filter(({ name }) => name === "le"));
  if (!testLe([])) return [];
  const rows = await askCached(task, metric, {
    render: (question) => renderCounter(metric, question),
    read: readCounterRows,
  });
  return groupByLabels(rows).flatMap(([labels, own]) =>
    toSeries(task, nameLabels(task, metric, labels), metric.name, own),
  );
}

async function readGauge(task: Task, metric: GaugeMetric): Promise<Series[]> {
  const { request, options } = task;
  const testLe = compileMatchers(request.matchers.filter(({ name }) => name === "le"));
  if (!testLe([])) return [];
  const endMs = Math.min(request.endMs, options.now());
  const fromSeconds = Math.max(0, Math.floor(request.startMs / 1000) - metric.reachSeconds);
  const toSeconds = Math.max(fromSeconds, Math.floor(endMs / 1000) + 1);
  const grid = { fromSeconds, toSeconds, foldSeconds: fromSeconds };
  const rows = await ask(task, renderGauge(metric, { ...task.question, grid }), readGaugeRows);
  return rows.flatMap((row) => {
    const inside = Array.from(row.times, (timeMs, index) => ({ timeMs, value: row.values[index] ?? NaN }))
      .filter(({ timeMs }) => request.startMs < timeMs && timeMs <= endMs)
      .toSorted((left, right) => left.timeMs - right.timeMs);
    if (inside.length === 0) return [];
    const labels = labelsFrom({ ...nameLabels(task, metric, row.labels), __name__: metric.name });
    return {
      labels,
      timestampsMs: Float64Array.from(inside, ({ timeMs }) => timeMs),
      values: Float64Array.from(inside, ({ value }) => value),
    };
  });
}

async function readHistogram(
  task: Task,
  metric: HistogramMetric,
  parts: WantedMetric["parts"],
): Promise<Series[]> {
  const testLe = compileMatchers(task.request.matchers.filter(({ name }) => name === "le"));
  const wanted = parts.filter(([part]) => part === "bucket" || testLe([]));
  const [only] = wanted;
  if (only === undefined) return [];
  const [part, name] = only;
  if (wanted.length === 1 && (part === "count" || part === "sum")) {
    const render = (question: LlmSeriesQuestion): LlmQuery | null => renderRollupPart(metric, part, question);
    if (render(task.question) !== null) {
      const rows = await askCached(task, metric, { render, read: readCounterRows });
      return groupByLabels(rows).flatMap(([labels, own]) =>
        toSeries(task, nameLabels(task, metric, labels), name, own),
      );
    }
  }
  const parameters = metric.needsContextWindows === true ? await askContextWindows(task) : {};
  const rows = await askCached(task, metric, {
    render: (question) => renderHistogram(metric, { ...question, parameters }),
    read: readHistogramRows,
  });
  return groupByLabels(rows).flatMap(([values, own]) => {
    const labels = nameLabels(task, metric, values);
    return wanted.flatMap(([each, seriesName]) => {
      if (each === "bucket") return toBuckets(task, { metric, labels, name: seriesName, rows: own });
      const increments = own.map(({ slots, counts, sums }) => ({
        slots,
        values: each === "count" ? counts : sums,
      }));
      return toSeries(task, labels, seriesName, increments);
    });
  });
}

function askContextWindows({ options, grid, request }: Task): ReturnType<typeof readContextWindows> {
  const { store, project } = options;
  return readContextWindows({ store, project, grid, signal: request.signal });
}

interface BucketSource {
  readonly metric: HistogramMetric;
  readonly labels: Readonly<Record<string, string>>;
  readonly name: string;
  readonly rows: readonly HistogramRow[];
}

function toBuckets(task: Task, { metric, labels, name, rows }: BucketSource): Series[] {
  const testLe = compileMatchers(task.request.matchers.filter((matcher) => matcher.name === "le"));
  const bounds = [...metric.bounds, Infinity].map((bound) => formatValue(bound));
  const buckets = accumulateBuckets(task.grid, rows, bounds.length) ?? [];
  return buckets.flatMap((samples, index) => {
    const le = bounds[index] ?? "";
    return testLe(["le", le]) ? [toNamed(task, { ...labels, le }, name, samples)] : [];
  });
}

function nameLabels(
  { question }: Task,
  metric: LlmMetric,
  values: readonly string[],
): Record<string, string> {
  const names = listLabels(metric, question);
  const labels: Record<string, string> = { ...metric.constants };
  for (const [index, name] of names.entries()) labels[name] = values[index] ?? "";
  return labels;
}

function toSeries(
  task: Task,
  labels: Readonly<Record<string, string>>,
  name: string,
  increments: readonly Increments[],
): Series[] {
  const samples = accumulate(task.grid, increments);
  return samples === null ? [] : [toNamed(task, labels, name, samples)];
}

function toNamed(
  task: Task,
  labels: Readonly<Record<string, string>>,
  name: string,
  samples: GridSamples,
): Series {
  task.budget.samples += samples.values.length;
  if (task.budget.samples > MAX_SAMPLES) {
    throw new TooManySamplesError(
      `${name} has more than ${MAX_SAMPLES} samples in this range; narrow the query`,
    );
  }
  return { labels: labelsFrom({ ...labels, __name__: name }), ...samples };
}

interface Asked<Row> {
  readonly render: (question: LlmSeriesQuestion) => LlmQuery | null;
  readonly read: (store: Engine, query: Query) => Promise<Row[]>;
}

/**
 * Asks for whole days, whatever the window, so that the answer serves the windows that follow: then only blocks that
 * have come since are read. Scores change with the spans they judge and are read each time.
 */
async function askCached<Row extends HistogramRow | CounterRow>(
  task: Task,
  metric: LlmMetric,
  { render, read }: Asked<Row>,
): Promise<readonly Row[]> {
  const { question, options, cache } = task;
  const days = roundToDays(question.grid);
  const whole = { ...question, grid: { ...days, foldSeconds: days.fromSeconds } };
  const query = render(whole);
  if (query === null) return [];
  const key = JSON.stringify([query.sql, query.parameters]);
  if (metric.source !== undefined || cache.isTooLarge(key)) return ask(task, render(question), read);
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
