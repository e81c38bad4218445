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
import type { Engine } from "../../store/engine.ts";
import { accumulate, type CounterGrid, createGrid, type Increments } from "./counter-grid.ts";
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
  type GaugeRow,
  type HistogramRow,
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

/** Reads the series that are worked out from spans: of each selector, those whose names its matchers take. */
export function createLlmReader(options: LlmSeriesOptions): SeriesReader {
  return {
    async select(request) {
      const wanted = findMetrics(request.matchers);
      const found = await Promise.all(wanted.map((one) => readMetric(options, one, request)));
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

interface Task {
  readonly options: LlmSeriesOptions;
  readonly question: LlmSeriesQuestion;
  readonly grid: CounterGrid;
  readonly request: SelectRequest;
  readonly budget: { samples: number };
}

async function readMetric(
  options: LlmSeriesOptions,
  { metric: defined, parts }: WantedMetric,
  request: SelectRequest,
): Promise<Series[]> {
  const metric = request.isMatched === true ? withoutOwnLabels(defined, request.dimensions) : defined;
  const grid = createGrid({ startMs: request.startMs, endMs: request.endMs, nowMs: options.now() });
  if (grid.times.length === 0) return [];
  const { matchers, dimensions } = request;
  const question: LlmSeriesQuestion = { project: options.project, grid, matchers, dimensions };
  const task = { options, question, grid, request, budget: { samples: 0 } };
  if (metric.kind === "gauge") return readGauge(task, metric);
  if (metric.kind === "counter") return readCounter(task, metric);
  return readHistogram(task, metric, parts);
}

async function readCounter(task: Task, metric: CounterMetric): Promise<Series[]> {
  const testLe = compileMatchers(task.request.matchers.filter(({ name }) => name === "le"));
  if (!testLe([])) return [];
  const rows = await ask<CounterRow>(task, renderCounter(metric, task.question));
  return rows.flatMap((row) => toSeries(task, nameLabels(task, metric, row.labels), metric.name, row));
}

async function readGauge(task: Task, metric: GaugeMetric): Promise<Series[]> {
  const { request, options } = task;
  const testLe = compileMatchers(request.matchers.filter(({ name }) => name === "le"));
  if (!testLe([])) return [];
  const endMs = Math.min(request.endMs, options.now());
  const fromSeconds = Math.max(0, Math.floor(request.startMs / 1000) - metric.reachSeconds);
  const toSeconds = Math.max(fromSeconds, Math.floor(endMs / 1000) + 1);
  const grid = { fromSeconds, toSeconds, foldSeconds: fromSeconds };
  const rows = await ask<GaugeRow>(task, renderGauge(metric, { ...task.question, grid }));
  return rows.flatMap((row) => {
    const inside = row.times
      .map((timeMs, index) => ({ timeMs, value: row.values[index] ?? NaN }))
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
    const query = renderRollupPart(metric, part, task.question);
    if (query !== null) {
      const rows = await ask<CounterRow>(task, query);
      return rows.flatMap((row) => toSeries(task, nameLabels(task, metric, row.labels), name, row));
    }
  }
  const parameters = metric.needsContextWindows === true ? await askContextWindows(task) : {};
  const rows = await ask<HistogramRow>(task, renderHistogram(metric, { ...task.question, parameters }));
  return rows.flatMap((row) => {
    const labels = nameLabels(task, metric, row.labels);
    return wanted.flatMap(([each, seriesName]) => {
      if (each === "count")
        return toSeries(task, labels, seriesName, { slots: row.slots, values: row.counts });
      if (each === "sum") return toSeries(task, labels, seriesName, { slots: row.slots, values: row.sums });
      return toBuckets(task, { metric, labels, name: seriesName, row });
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
  readonly row: HistogramRow;
}

function toBuckets(task: Task, { metric, labels, name, row }: BucketSource): Series[] {
  const testLe = compileMatchers(task.request.matchers.filter((matcher) => matcher.name === "le"));
  return [...metric.bounds, Infinity].flatMap((bound, index) => {
    const le = formatValue(bound);
    if (!testLe(["le", le])) return [];
    // Every bucket has every slot, with zeros, so that all buckets of a series begin at the same time.
    const values = row.counts.map((count, at) => ((row.buckets[at] ?? 0) <= index ? count : 0));
    return toSeries(task, { ...labels, le }, name, { slots: row.slots, values });
  });
}

function nameLabels(
  { question }: Task,
  metric: LlmMetric,
  values: readonly string[],
): Record<string, string> {
  const names = listLabels(metric, question.dimensions);
  const labels: Record<string, string> = { ...metric.constants };
  for (const [index, name] of names.entries()) labels[name] = values[index] ?? "";
  return labels;
}

function toSeries(
  task: Task,
  labels: Readonly<Record<string, string>>,
  name: string,
  increments: Increments,
): Series[] {
  const samples = accumulate(task.grid, increments);
  if (samples === null) return [];
  task.budget.samples += samples.values.length;
  if (task.budget.samples > MAX_SAMPLES) {
    throw new TooManySamplesError(
      `${name} has more than ${MAX_SAMPLES} samples in this range; narrow the query`,
    );
  }
  return [{ labels: labelsFrom({ ...labels, __name__: name }), ...samples }];
}

async function ask<Row>({ options, request }: Task, query: LlmQuery | null): Promise<Row[]> {
  if (query === null) return [];
  const { isRollup: _isRollup, ...plain } = query;
  return options.store.query<Row>({ ...plain, signal: request.signal });
}
