// Range functions over all series and steps. Hot path: see the overrides in .oxlintrc.json.
import { inform, warnOfQuantile } from "../annotations.ts";
import type { Call, Expression } from "../ast.ts";
import { typeOf } from "../check.ts";
import { createColumns, pruneEmpty, timeOf, type Column, type Grid } from "../columns.ts";
import { ExecutionError } from "../errors.ts";
import { evaluateScalar, type Evaluation } from "../evaluation.ts";
import { getLabel, METRIC_NAME } from "../labels.ts";
import { checkAlive, countSamples } from "../limits.ts";
import { findRangeSource, type RangeSource } from "../range-source.ts";
import type { RangeSeries } from "../selectors.ts";
import { quote } from "../text/go-text.ts";
import { findOverTime, type RangeKernel, type RangeWindow } from "./over-time.ts";
import { deriv, idelta, irate, predictLinear, rateColumn, type Look } from "./rate.ts";

const RATES: Readonly<Record<string, { isCounter: boolean; perSecond: boolean }>> = {
  rate: { isCounter: true, perSecond: true },
  increase: { isCounter: true, perSecond: false },
  delta: { isCounter: false, perSecond: false },
};
const PAIRS: Readonly<Record<string, RangeKernel>> = { irate, idelta, deriv, predict_linear: predictLinear };
const COUNTER_TYPES = new Set(["counter", "histogram"]);
const COUNTER_NAME = /(?:_total|_sum|_count|_bucket)$/;

interface Task {
  readonly kernel: RangeKernel;
  readonly minSamples: number;
  readonly look: Look;
  readonly grid: Grid;
  readonly parameters: readonly Float64Array[];
}

function runKernel(series: RangeSeries, task: Task, out: Column): void {
  const { kernel, look, grid, minSamples, parameters } = task;
  const { timestampsMs, values } = series;
  const length = timestampsMs.length;
  const window: RangeWindow = { timestampsMs, values, from: 0, to: 0, timeMs: 0, parameters: [] };
  let from = 0;
  let to = 0;
  let endMs = look.firstMs;
  for (let i = 0; i < grid.count; i++, endMs += look.stepMs) {
    while (to < length && timestampsMs[to]! <= endMs) to++;
    while (from < to && timestampsMs[from]! <= endMs - look.rangeMs) from++;
    if (to - from < minSamples) continue;
    window.from = from;
    window.to = to;
    window.timeMs = timeOf(grid, i);
    for (let j = 0; j < parameters.length; j++) window.parameters[j] = parameters[j]![i]!;
    out.values[i] = kernel(window);
    out.present[i] = 1;
  }
}

function eachSeries(
  evaluation: Evaluation,
  source: RangeSource,
  options: { count: number; keepsName: boolean },
  write: (series: RangeSeries, out: Column) => void,
): Column[] {
  countSamples(evaluation.meter, source.series.length * options.count);
  const create = createColumns(source.series.length, options.count);
  const columns = source.series.map((series, index) => {
    if (index % 64 === 0) checkAlive(evaluation.meter);
    const dropName = series.dropName || !options.keepsName;
    const out = create(series.labels, dropName);
    write(series, out);
    return out;
  });
  return pruneEmpty(columns);
}

/** Tells when the metric of a rate does not look like a counter. */
function informOfNonCounters(evaluation: Evaluation, argument: Expression, columns: readonly Column[]): void {
  const told = new Set<string>();
  for (const { labels } of columns) {
    const name = getLabel(labels, METRIC_NAME);
    if (name === "" || told.has(name) || COUNTER_NAME.test(name)) continue;
    if (COUNTER_TYPES.has(getLabel(labels, "__type__"))) continue;
    told.add(name);
    const message = "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ";
    inform(evaluation.annotations, argument.position, message + quote(name));
  }
}

function evaluateRate(evaluation: Evaluation, node: Call, grid: Grid): Column[] | null {
  const kind = RATES[node.name];
  const [argument] = node.arguments;
  if (kind === undefined || argument === undefined) return null;
  const source = findRangeSource(evaluation, argument, grid);
  const options = { count: grid.count, keepsName: false };
  const columns = eachSeries(evaluation, source, options, (series, out) =>
    rateColumn(series, source.look, kind, out),
  );
  if (kind.isCounter) informOfNonCounters(evaluation, argument, columns);
  return columns;
}

/** Checks scalar arguments that must lie in a range. */
function checkParameters(evaluation: Evaluation, node: Call, values: readonly Float64Array[]): void {
  const [first] = node.arguments;
  if (node.name === "quantile_over_time" && first !== undefined) {
    for (const q of values[0] ?? []) warnOfQuantile(evaluation.annotations, first.position, q);
  }
  if (node.name !== "double_exponential_smoothing") return;
  ["smoothing", "trend"].forEach((what, index) => {
    const wrong = values[index]?.find((factor) => factor <= 0 || factor >= 1);
    if (wrong === undefined) return;
    const symbol = what === "smoothing" ? "sf" : "tf";
    const got = wrong.toFixed(6);
    throw new ExecutionError(`invalid ${what} factor. Expected: 0 < ${symbol} < 1, got: ${got}`);
  });
}

/** Evaluates a function of a range vector, or answers null when `node` calls none. */
export function evaluateRangeFunction(evaluation: Evaluation, node: Call, grid: Grid): Column[] | null {
  const rates = evaluateRate(evaluation, node, grid);
  if (rates !== null) return rates;
  const pair = PAIRS[node.name];
  const found = findOverTime(node.name);
  const kernel = found?.kernel ?? pair;
  if (kernel === undefined) return null;
  const scalars = node.arguments.filter((argument) => typeOf(argument) === "scalar");
  const parameters = scalars.map((argument) => evaluateScalar(evaluation, argument, grid));
  const range = node.arguments.find((argument) => typeOf(argument) === "range vector");
  const source = findRangeSource(evaluation, range, grid);
  if (source.series.length > 0) checkParameters(evaluation, node, parameters);
  const minSamples = found?.minSamples ?? 2;
  const task: Task = { kernel, minSamples, look: source.look, grid, parameters };
  const options = { count: grid.count, keepsName: found?.keepsName === true };
  return eachSeries(evaluation, source, options, (series, out) => runKernel(series, task, out));
}

/** 1 at the steps where no series of the range has a sample. */
export function evaluateAbsentOverTime(evaluation: Evaluation, node: Call, grid: Grid): Uint8Array {
  const source = findRangeSource(evaluation, node.arguments[0], grid);
  const absent = new Uint8Array(grid.count).fill(1);
  const look: Task = {
    kernel: () => 1,
    minSamples: 1,
    look: source.look,
    grid,
    parameters: [],
  };
  const options = { count: grid.count, keepsName: true };
  for (const { present } of eachSeries(evaluation, source, options, (series, out) =>
    runKernel(series, look, out),
  )) {
    for (let i = 0; i < present.length; i++) if (present[i] === 1) absent[i] = 0;
  }
  return absent;
}
