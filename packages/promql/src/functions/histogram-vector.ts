// histogram_quantile and its kin over columns. Hot path: see the overrides in .oxlintrc.json.
import { forMetric, noteForcedMonotonicity, warn, warnOfQuantile } from "../annotations.ts";
import type { Call, Expression } from "../ast.ts";
import { stringOf } from "../check.ts";
import { createColumn, mergeColumns, pruneEmpty, timeOf, type Column, type Grid } from "../columns.ts";
import { evaluateScalar, evaluateVector, type Evaluation } from "../evaluation.ts";
import {
  BUCKET_LABEL,
  getLabel,
  labelsKey,
  METRIC_NAME,
  withLabel,
  withoutLabels,
  type Labels,
} from "../labels.ts";
import { checkAlive } from "../limits.ts";
import { quote } from "../text/go-text.ts";
import { formatOpenMetrics, parseFloatText } from "../text/number-text.ts";
import { bucketFraction, bucketQuantile, type Buckets } from "./histogram.ts";

/** The bucket columns of one histogram, by ascending bound. */
interface Histogram {
  readonly labels: Labels;
  readonly bounds: number[];
  readonly columns: Column[];
}

const BUCKET = new Set([BUCKET_LABEL]);

/** Groups bucket columns into histograms; tells of columns without a usable `le`. */
function groupBuckets(evaluation: Evaluation, columns: readonly Column[], node: Expression): Histogram[] {
  const groups = new Map<string, { labels: Labels; buckets: { bound: number; column: Column }[] }>();
  for (const column of columns) {
    const le = getLabel(column.labels, BUCKET_LABEL);
    const bound = parseFloatText(le);
    if (bound === null) {
      const name = getLabel(column.labels, METRIC_NAME);
      const message = `bucket label "le" is missing or has a malformed value of ${quote(le)}`;
      warn(evaluation.annotations, node.position, forMetric(message, name));
      continue;
    }
    const labels = withoutLabels(column.labels, BUCKET);
    const key = labelsKey(labels);
    const group = groups.get(key) ?? { labels, buckets: [] };
    group.buckets.push({ bound, column });
    groups.set(key, group);
  }
  return [...groups.values()].map(({ labels, buckets }) => {
    buckets.sort((left, right) => left.bound - right.bound || 0);
    return {
      labels,
      bounds: buckets.map(({ bound }) => bound),
      columns: buckets.map(({ column }) => column),
    };
  });
}

/** Fills the buckets of one step; false when the histogram has none there. */
function readStep(histogram: Histogram, step: number, into: Buckets): boolean {
  const { bounds, columns } = histogram;
  let length = 0;
  for (let j = 0; j < columns.length; j++) {
    const column = columns[j]!;
    if (column.present[step] === 0) continue;
    into.bounds[length] = bounds[j]!;
    into.counts[length++] = column.values[step]!;
  }
  into.length = length;
  return length > 0;
}

function compute(
  evaluation: Evaluation,
  histogram: Histogram,
  labels: Labels,
  options: { count: number; at: (buckets: Buckets, step: number) => number },
): Column {
  checkAlive(evaluation.meter);
  const out = createColumn(labels, true, options.count);
  const size = histogram.columns.length;
  const buckets = { bounds: new Float64Array(size), counts: new Float64Array(size), length: 0 };
  for (let step = 0; step < options.count; step++) {
    if (!readStep(histogram, step, buckets)) continue;
    out.values[step] = options.at(buckets, step);
    out.present[step] = 1;
  }
  return out;
}

function quantileColumn(
  evaluation: Evaluation,
  histogram: Histogram,
  task: { labels: Labels; quantiles: Float64Array; grid: Grid; argument: Expression },
): Column {
  const name = getLabel(histogram.labels, METRIC_NAME);
  const { quantiles, grid, argument } = task;
  return compute(evaluation, histogram, task.labels, {
    count: grid.count,
    at: (buckets, step) =>
      bucketQuantile(quantiles[step]!, buckets, (repair) => {
        const timeMs = timeOf(grid, step);
        noteForcedMonotonicity(evaluation.annotations, name, {
          ...repair,
          position: argument.position,
          firstMs: timeMs,
          lastMs: timeMs,
          count: 1,
        });
      }),
  });
}

function evaluateQuantiles(evaluation: Evaluation, node: Expression, grid: Grid): Float64Array {
  const quantiles = evaluateScalar(evaluation, node, grid);
  for (const q of new Set(quantiles)) warnOfQuantile(evaluation.annotations, node.position, q);
  return quantiles;
}

/** `histogram_quantile(φ, buckets)`. */
export function histogramQuantile(evaluation: Evaluation, node: Call, grid: Grid): Column[] {
  const [phi, argument] = node.arguments;
  if (phi === undefined || argument === undefined) return [];
  const quantiles = evaluateQuantiles(evaluation, phi, grid);
  const columns = evaluateVector(evaluation, argument, grid);
  return groupBuckets(evaluation, columns, argument).map((histogram) =>
    quantileColumn(evaluation, histogram, { labels: histogram.labels, quantiles, grid, argument }),
  );
}

/** `histogram_quantiles(buckets, "label", φ…)`. */
export function histogramQuantiles(evaluation: Evaluation, node: Call, grid: Grid): Column[] {
  const [argument, label, ...phis] = node.arguments;
  if (argument === undefined) return [];
  const lists = phis.map((phi) => evaluateQuantiles(evaluation, phi, grid));
  const columns = evaluateVector(evaluation, argument, grid);
  const histograms = groupBuckets(evaluation, columns, argument);
  const name = stringOf(label);
  const out = lists.flatMap((quantiles) =>
    histograms.flatMap((histogram) => {
      const whole = { labels: histogram.labels, quantiles, grid, argument };
      const column = quantileColumn(evaluation, histogram, whole);
      return splitByQuantile(column, name, quantiles);
    }),
  );
  return mergeColumns(out);
}

/** One column for each distinct φ (it may change from step to step), labelled with it. */
function splitByQuantile(column: Column, name: string, quantiles: Float64Array): Column[] {
  const parts = [...new Set(quantiles)].map((q) => ({
    ...column,
    labels: withLabel(column.labels, name, formatOpenMetrics(q)),
    present: column.present.map((one, step) => (Object.is(quantiles[step], q) ? one : 0)),
  }));
  return pruneEmpty(parts);
}

/** `histogram_fraction(lower, upper, buckets)`. */
export function histogramFraction(evaluation: Evaluation, node: Call, grid: Grid): Column[] {
  const [lower, upper, argument] = node.arguments;
  if (lower === undefined || upper === undefined || argument === undefined) return [];
  const lowers = evaluateScalar(evaluation, lower, grid);
  const uppers = evaluateScalar(evaluation, upper, grid);
  const columns = evaluateVector(evaluation, argument, grid);
  return groupBuckets(evaluation, columns, argument).map((histogram) =>
    compute(evaluation, histogram, histogram.labels, {
      count: grid.count,
      at: (buckets, step) => bucketFraction(lowers[step]!, uppers[step]!, buckets),
    }),
  );
}
