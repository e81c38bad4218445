import { warn } from "../annotations.ts";
import { unwrapParens, type Call, type Expression } from "../ast.ts";
import { timeOf, type Column, type Grid, type NodeValue } from "../columns.ts";
import { UnsupportedFeatureError } from "../errors.ts";
import { evaluateScalar, evaluateVector, type Evaluation } from "../evaluation.ts";
import { EMPTY_LABELS, fromEntries, METRIC_NAME, type Labels } from "../labels.ts";
import { compareNanFirst } from "../quantile.ts";
import { selectVector } from "../selectors.ts";
import { histogramFraction, histogramQuantile, histogramQuantiles } from "./histogram-vector.ts";
import { labelJoin, labelReplace, sortByLabel } from "./label.ts";
import { clamp, goMax, goMin, mapColumn, roundTo, UNARY_FUNCTIONS } from "./math.ts";
import { evaluateAbsentOverTime, evaluateRangeFunction } from "./range.ts";
import { findDatePart } from "./time.ts";

/** A call being evaluated. */
interface Frame {
  readonly evaluation: Evaluation;
  readonly node: Call;
  readonly grid: Grid;
}

type CallEvaluator = (frame: Frame) => NodeValue;

function argumentOf({ node }: Frame, index: number): Expression {
  const argument = node.arguments[index];
  if (argument === undefined) throw new RangeError(`${node.name}: argument ${index} is missing`);
  return argument;
}

function vectorOf(frame: Frame, index: number): readonly Column[] {
  return evaluateVector(frame.evaluation, argumentOf(frame, index), frame.grid);
}

function scalarOf(frame: Frame, index: number): Float64Array {
  return evaluateScalar(frame.evaluation, argumentOf(frame, index), frame.grid);
}

function vector(columns: readonly Column[]): NodeValue {
  return { kind: "vector", columns };
}

function scalar(grid: Grid, at: (step: number) => number): NodeValue {
  return { kind: "scalar", values: Float64Array.from({ length: grid.count }, (_, step) => at(step)) };
}

/** A vector of one series without labels. */
function single(values: Float64Array, labels: Labels = EMPTY_LABELS): Column {
  const present = new Uint8Array(values.length).fill(1);
  return { labels, dropName: false, values, present };
}

// --- absent -----------------------------------------------------------------------------------

/** The labels that the equality matchers of a selector pin down. */
function labelsOfAbsent(expression: Expression): Labels {
  const node = expression.kind === "matrix selector" ? expression.selector : expression;
  if (node.kind !== "vector selector") return EMPTY_LABELS;
  const seen = new Set<string>();
  const pinned = new Map<string, string>();
  for (const { name, type, value } of node.matchers) {
    if (name === METRIC_NAME) continue;
    if (type === "=" && !seen.has(name)) {
      pinned.set(name, value);
      seen.add(name);
    } else pinned.delete(name);
  }
  return fromEntries(pinned);
}

function absentColumn(frame: Frame, absent: Uint8Array): NodeValue {
  const labels = labelsOfAbsent(unwrapParens(argumentOf(frame, 0)));
  if (!absent.includes(1)) return vector([]);
  const values = new Float64Array(absent.length).fill(1);
  return vector([{ labels, dropName: false, values, present: absent }]);
}

function absent(frame: Frame): NodeValue {
  const missing = new Uint8Array(frame.grid.count).fill(1);
  for (const { present } of vectorOf(frame, 0)) {
    present.forEach((one, step) => {
      if (one === 1) missing[step] = 0;
    });
  }
  return absentColumn(frame, missing);
}

// --- scalars, times ---------------------------------------------------------------------------

function toScalar(frame: Frame): NodeValue {
  const columns = vectorOf(frame, 0);
  return scalar(frame.grid, (step) => {
    const found = columns.filter(({ present }) => present[step] === 1);
    return found.length === 1 ? (found[0]?.values[step] ?? NaN) : NaN;
  });
}

function timestamp(frame: Frame): NodeValue {
  const { evaluation, grid } = frame;
  const inner = unwrapParens(argumentOf(frame, 0));
  if (inner.kind === "vector selector") {
    return vector(selectVector(evaluation, inner, grid, true));
  }
  const columns = vectorOf(frame, 0);
  return vector(columns.map((column) => mapColumn(column, (_, step) => timeOf(grid, step) / 1000)));
}

function datePart(frame: Frame, part: (seconds: number) => number): NodeValue {
  const { grid, node } = frame;
  if (node.arguments.length === 0) {
    const values = Float64Array.from({ length: grid.count }, (_, step) => part(timeOf(grid, step) / 1000));
    return vector([single(values)]);
  }
  return vector(vectorOf(frame, 0).map((column) => mapColumn(column, part)));
}

// --- sorting ----------------------------------------------------------------------------------

function warnOfSort({ evaluation, node }: Frame): void {
  if (!evaluation.isRange) return;
  const message = "sort is ineffective for range queries since results are always ordered by labels";
  warn(evaluation.annotations, node.position, message);
}

function sortByValue(frame: Frame, sign: 1 | -1): NodeValue {
  warnOfSort(frame);
  const columns = vectorOf(frame, 0);
  if (frame.evaluation.isRange || frame.grid.count !== 1) return vector(columns);
  const valueOf = (column: Column): number => column.values[0] ?? NaN;
  const isNan = (column: Column): number => Number(Number.isNaN(valueOf(column)));
  const sorted = columns.toSorted((left, right) => {
    const nan = isNan(left) - isNan(right);
    return nan === 0 ? sign * compareNanFirst(valueOf(left), valueOf(right)) : nan;
  });
  return vector(sorted);
}

function sortLabels(frame: Frame, sign: 1 | -1): NodeValue {
  warnOfSort(frame);
  return vector(sortByLabel(frame.node, vectorOf(frame, 0), sign));
}

// --- the table --------------------------------------------------------------------------------

function constantBounds(frame: Frame, value: number): Float64Array {
  return new Float64Array(frame.grid.count).fill(value);
}

function evaluateEmpty(frame: Frame): NodeValue {
  vectorOf(frame, 0); // Floats are no native histograms; the argument may still fail.
  return vector([]);
}

function unsupported({ node }: Frame): NodeValue {
  throw new UnsupportedFeatureError(`function ${node.name}() is not supported yet`);
}

const EVALUATORS: Readonly<Record<string, CallEvaluator>> = {
  absent,
  absent_over_time: (frame) =>
    absentColumn(frame, evaluateAbsentOverTime(frame.evaluation, frame.node, frame.grid)),
  clamp: (frame) =>
    vector(clamp(vectorOf(frame, 0), { least: scalarOf(frame, 1), most: scalarOf(frame, 2) })),
  clamp_max: (frame) => {
    const least = constantBounds(frame, -Infinity);
    return vector(clamp(vectorOf(frame, 0), { least, most: scalarOf(frame, 1) }));
  },
  clamp_min: (frame) => {
    const most = constantBounds(frame, Infinity);
    return vector(clamp(vectorOf(frame, 0), { least: scalarOf(frame, 1), most }));
  },
  histogram_avg: evaluateEmpty,
  histogram_count: evaluateEmpty,
  histogram_stddev: evaluateEmpty,
  histogram_stdvar: evaluateEmpty,
  histogram_sum: evaluateEmpty,
  histogram_fraction: ({ evaluation, node, grid }) => vector(histogramFraction(evaluation, node, grid)),
  histogram_quantile: ({ evaluation, node, grid }) => vector(histogramQuantile(evaluation, node, grid)),
  histogram_quantiles: ({ evaluation, node, grid }) => vector(histogramQuantiles(evaluation, node, grid)),
  info: unsupported,
  start_timestamp: unsupported,
  label_join: (frame) => vector(labelJoin(frame.node, vectorOf(frame, 0))),
  label_replace: (frame) => vector(labelReplace(frame.node, vectorOf(frame, 0))),
  pi: ({ grid }) => scalar(grid, () => Math.PI),
  round: (frame) => {
    const nearest = frame.node.arguments.length > 1 ? scalarOf(frame, 1) : constantBounds(frame, 1);
    return vector(roundTo(vectorOf(frame, 0), nearest));
  },
  scalar: toScalar,
  sort: (frame) => sortByValue(frame, 1),
  sort_desc: (frame) => sortByValue(frame, -1),
  sort_by_label: (frame) => sortLabels(frame, 1),
  sort_by_label_desc: (frame) => sortLabels(frame, -1),
  time: ({ grid }) => scalar(grid, (step) => timeOf(grid, step) / 1000),
  timestamp,
  vector: (frame) => vector([single(scalarOf(frame, 0))]),
  start: ({ evaluation, grid }) => scalar(grid, () => evaluation.startMs / 1000),
  end: ({ evaluation, grid }) => scalar(grid, () => evaluation.endMs / 1000),
  step: ({ evaluation, grid }) => scalar(grid, () => evaluation.stepMs / 1000),
  range: ({ evaluation, grid }) => scalar(grid, () => (evaluation.endMs - evaluation.startMs) / 1000),
  max_of: (frame) => ofBoth(frame, goMax),
  min_of: (frame) => ofBoth(frame, goMin),
};

function ofBoth(frame: Frame, choose: (left: number, right: number) => number): NodeValue {
  const left = scalarOf(frame, 0);
  const right = scalarOf(frame, 1);
  return scalar(frame.grid, (step) => choose(left[step] ?? NaN, right[step] ?? NaN));
}

const CLAMPS = new Set(["clamp", "clamp_max", "clamp_min", "round"]);

/** True for functions that make one series of each series of their vector argument, value by value. */
export function isElementwise(name: string): boolean {
  return name in UNARY_FUNCTIONS || CLAMPS.has(name);
}

/** Evaluates a function call. */
export function evaluateCall(evaluation: Evaluation, node: Call, grid: Grid): NodeValue {
  const frame = { evaluation, node, grid };
  const evaluator = EVALUATORS[node.name];
  if (evaluator !== undefined) return evaluator(frame);
  const unary = UNARY_FUNCTIONS[node.name];
  if (unary !== undefined) {
    return vector(vectorOf(frame, 0).map((column) => mapColumn(column, (value) => unary(value))));
  }
  const part = findDatePart(node.name);
  if (part !== null) return datePart(frame, part);
  const columns = evaluateRangeFunction(evaluation, node, grid);
  return columns === null ? unsupported(frame) : vector(columns);
}
