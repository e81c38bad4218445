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
import { askCached, askGauge, type Sources, type Task } from "./ask-spans.ts";
import type { CountRow } from "./count-rows.ts";
import { accumulate, accumulateBuckets, createGrid, type GridSamples } from "./counter-grid.ts";
import {
  type CounterMetric,
  type GaugeMetric,
  type HistogramMetric,
  listSeriesNames,
  LLM_METRICS,
  type LlmMetric,
  type SeriesPart,
} from "./llm-metrics.ts";
import { groupByLabels } from "./read-increments.ts";
import {
  listLabels,
  type LlmQuery,
  type LlmSeriesQuestion,
  renderCounter,
  renderHistogram,
  renderRollupPart,
} from "./render-llm-series.ts";
import { hasScores } from "./score-source.ts";

/** Samples one selector may make; what a query may hold at all. */
const MAX_SAMPLES = 50_000_000;
/** What the last slot of a grid may leave out. */
const SLOT_SECONDS = 10;

/** Reads the series that are worked out from spans: of each selector, those whose names its matchers take. */
export function createLlmReader(sources: Sources): SeriesReader {
  return {
    async select(request) {
      const wanted = findMetrics(request.matchers);
      const found = await Promise.all(wanted.map((one) => readMetric(sources, one, request)));
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

async function readMetric(
  sources: Sources,
  { metric: defined, parts }: WantedMetric,
  request: SelectRequest,
): Promise<Series[]> {
  const metric = request.isMatched === true ? withoutOwnLabels(defined, request.dimensions) : defined;
  const { options } = sources;
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
  const task = { ...sources, question, grid, request, budget: { samples: 0 } };
  if (metric.kind === "gauge") return readGauge(task, metric);
  if (metric.kind === "counter") return readCounter(task, metric);
  return readHistogram(task, metric, parts);
}

async function readCounter(task: Task, metric: CounterMetric): Promise<Series[]> {
  const testLe = compileMatchers(task.request.matchers.filter(({ name }) => name === "le"));
  if (!testLe([])) return [];
  const rows = await askCached(task, metric, (question) => renderCounter(metric, question));
  return groupByLabels(rows).flatMap(([labels, own]) =>
    toSeries(task, nameLabels(task, metric, labels), { name: metric.name, rows: own, isSum: false }),
  );
}

async function readGauge(task: Task, metric: GaugeMetric): Promise<Series[]> {
  const { request, options } = task;
  const testLe = compileMatchers(request.matchers.filter(({ name }) => name === "le"));
  if (!testLe([])) return [];
  const endMs = Math.min(request.endMs, options.now());
  const fromSeconds = Math.max(0, Math.floor(request.startMs / 1000) - metric.reachSeconds);
  const toSeconds = Math.max(fromSeconds, Math.floor(endMs / 1000) + 1);
  const found = await askGauge(task, metric, { fromSeconds, toSeconds });
  return found.flatMap(({ labels: own, times, values }) => {
    const from = times.findIndex((timeMs) => timeMs > request.startMs);
    const to = times.findLastIndex((timeMs) => timeMs <= endMs) + 1;
    if (from < 0 || to <= from) return [];
    return {
      labels: labelsFrom({ ...nameLabels(task, metric, own), __name__: metric.name }),
      timestampsMs: Float64Array.from(times.slice(from, to)),
      values: Float64Array.from(values.slice(from, to)),
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
      const rows = await askCached(task, metric, render);
      return groupByLabels(rows).flatMap(([labels, own]) =>
        toSeries(task, nameLabels(task, metric, labels), { name, rows: own, isSum: false }),
      );
    }
  }
  const hasSums = wanted.some(([each]) => each === "sum");
  const rows = await askCached(task, metric, (question) => renderHistogram(metric, question, hasSums));
  return groupByLabels(rows).flatMap(([values, own]) => {
    const labels = nameLabels(task, metric, values);
    return wanted.flatMap(([each, seriesName]) => {
      if (each === "bucket") return toBuckets(task, { metric, labels, name: seriesName, rows: own });
      return toSeries(task, labels, { name: seriesName, rows: own, isSum: each === "sum" });
    });
  });
}

interface BucketSource {
  readonly metric: HistogramMetric;
  readonly labels: Readonly<Record<string, string>>;
  readonly name: string;
  readonly rows: readonly CountRow[];
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
  { name, rows, isSum }: { name: string; rows: readonly CountRow[]; isSum: boolean },
): Series[] {
  const samples = isSum ? accumulate(task.grid, rows, ({ sums }) => sums ?? []) : accumulate(task.grid, rows);
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
