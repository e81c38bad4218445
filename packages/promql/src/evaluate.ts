import { createAnnotations, listAnnotations } from "./annotations.ts";
import type { Expression } from "./ast.ts";
import { typeOf } from "./check.ts";
import { compactColumn, finishColumns, type Grid, type NodeValue } from "./columns.ts";
import { InvalidParameterError } from "./errors.ts";
import { evaluateNode } from "./evaluate-node.ts";
import type { Evaluation } from "./evaluation.ts";
import { compareLabels, dropMetricName, EMPTY_LABELS } from "./labels.ts";
import { checkAlive, checkPoints, createMeter, type Limits } from "./limits.ts";
import { parseExpression } from "./parse.ts";
import { planSelectors } from "./plan.ts";
import { findRangeSource } from "./range-source.ts";
import { readAll } from "./read-all.ts";
import type { SeriesReader } from "./reader.ts";
import { resolveDurations } from "./resolve-durations.ts";
import type { QueryValue } from "./value.ts";

export interface EvaluateOptions {
  /** How far instant selectors look back. Default 5 minutes. */
  readonly lookbackMs?: number;
  /** The step of a subquery that names none. Default 1 minute. */
  readonly subqueryStepMs?: number;
  /** Allows what Prometheus hides behind feature flags. Default false. */
  readonly experimental?: boolean;
  readonly limits?: Limits;
  /** At most so many warnings and infos each; 0 = all. Default 10. */
  readonly maxAnnotations?: number;
}

interface EvaluateTimes {
  readonly reader: SeriesReader;
  /** Milliseconds since the epoch; equal to `endMs` for an instant query. */
  readonly startMs: number;
  readonly endMs: number;
  /** 0 or missing for an instant query, positive for a range query. */
  readonly stepMs?: number;
  readonly options?: EvaluateOptions;
}

/** A query as text, or as a parsed expression (with its text, for positions in annotations). */
export type EvaluateRequest = EvaluateTimes &
  (
    | { readonly query: string; readonly expression?: Expression }
    | { readonly query?: string; readonly expression: Expression }
  );

export interface EvaluateResult {
  readonly value: QueryValue;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  /** What the query cost. */
  readonly stats: { readonly peakSamples: number; readonly series: number };
}

const DEFAULT_LOOKBACK_MS = 5 * 60_000;
const DEFAULT_SUBQUERY_STEP_MS = 60_000;

function gridOf(request: EvaluateTimes): Grid {
  const { startMs, endMs, stepMs = 0 } = request;
  if (endMs < startMs) {
    throw new InvalidParameterError("end timestamp must not be before start time");
  }
  if (stepMs < 0 || !Number.isFinite(stepMs)) {
    throw new InvalidParameterError(
      "zero or negative query resolution step widths are not accepted. Try a positive integer",
    );
  }
  if (stepMs === 0 && endMs !== startMs) {
    throw new InvalidParameterError("a query over a time range needs a step");
  }
  const count = stepMs === 0 ? 1 : Math.floor((endMs - startMs) / stepMs) + 1;
  return { startMs, stepMs: stepMs === 0 ? 1 : stepMs, count };
}

function checkRangeType(expression: Expression, isRange: boolean): void {
  const type = typeOf(expression);
  if (!isRange || type === "scalar" || type === "instant vector") return;
  const message = `invalid expression type "${type}" for range query, must be Scalar or instant Vector`;
  throw new InvalidParameterError(message);
}

function toMatrix(value: NodeValue, grid: Grid): QueryValue {
  if (value.kind === "string") return { type: "matrix", series: [] };
  if (value.kind === "scalar") {
    const present = new Uint8Array(grid.count).fill(1);
    const column = { labels: EMPTY_LABELS, dropName: false, values: value.values, present };
    return { type: "matrix", series: [compactColumn(column, grid)] };
  }
  const series = finishColumns(value.columns).map((column) => compactColumn(column, grid));
  return {
    type: "matrix",
    series: series.toSorted((left, right) => compareLabels(left.labels, right.labels)),
  };
}

function toInstant(value: NodeValue, timeMs: number): QueryValue {
  if (value.kind === "string") return { type: "string", timeMs, value: value.value };
  if (value.kind === "scalar") return { type: "scalar", timeMs, value: value.values[0] ?? NaN };
  const samples = finishColumns(value.columns)
    .filter(({ present }) => present[0] === 1)
    .map(({ labels, values }) => ({ labels, timeMs, value: values[0] ?? NaN }));
  return { type: "vector", samples };
}

/** The raw samples of a range vector that is the whole query. */
function toRawMatrix(evaluation: Evaluation, expression: Expression, grid: Grid): QueryValue {
  const { series, look } = findRangeSource(evaluation, expression, grid);
  const found = series.map(({ labels, dropName, timestampsMs, values }) => {
    const inside = (timeMs: number): boolean =>
      timeMs > look.firstMs - look.rangeMs && timeMs <= look.firstMs;
    const from = timestampsMs.findIndex(inside);
    const to = timestampsMs.findLastIndex(inside) + 1;
    return {
      labels: dropName ? dropMetricName(labels) : labels,
      timestampsMs: from < 0 ? new Float64Array() : timestampsMs.slice(from, to),
      values: from < 0 ? new Float64Array() : values.slice(from, to),
    };
  });
  const filled = found.filter(({ values }) => values.length > 0);
  return {
    type: "matrix",
    series: filled.toSorted((left, right) => compareLabels(left.labels, right.labels)),
  };
}

function parseRequest(request: EvaluateRequest): Expression {
  if (request.expression !== undefined) return request.expression;
  return parseExpression(request.query ?? "", { experimental: request.options?.experimental ?? false });
}

function computeValue(evaluation: Evaluation, expression: Expression, grid: Grid): QueryValue {
  if (typeOf(expression) === "range vector") return toRawMatrix(evaluation, expression, grid);
  const value = evaluateNode(evaluation, expression, grid);
  return evaluation.isRange ? toMatrix(value, grid) : toInstant(value, grid.startMs);
}

/**
 * Evaluates a PromQL query at one time (`stepMs` 0) or over a range. All series are fetched first, aggregations of
 * functions of series while they come; then everything is computed in one go. A range query answers a matrix, an instant query a vector,
 * scalar, string or (for a range selector) matrix.
 *
 * Throws `ParseError`, `InvalidParameterError`, `ExecutionError` and its kinds, `QueryTimeoutError`,
 * `QueryCanceledError`, and whatever the reader throws.
 */
export async function evaluate(request: EvaluateRequest): Promise<EvaluateResult> {
  const { options = {}, startMs, endMs, stepMs = 0 } = request;
  const parsed = parseRequest(request);
  const isRange = stepMs > 0;
  checkRangeType(parsed, isRange);
  const grid = gridOf(request);
  if (isRange) checkPoints(grid.count, options.limits ?? {});
  const lookbackMs = options.lookbackMs ?? DEFAULT_LOOKBACK_MS;
  const expression = resolveDurations(parsed, { stepMs, rangeMs: endMs - startMs });
  const meter = createMeter(options.limits ?? {});
  checkAlive(meter);
  const requests = planSelectors(expression, { startMs, endMs, stepMs, lookbackMs });
  const bare: Evaluation = {
    startMs,
    endMs,
    stepMs,
    lookbackMs,
    subqueryStepMs: options.subqueryStepMs ?? DEFAULT_SUBQUERY_STEP_MS,
    isRange,
    selected: new Map(),
    reduced: new Map(),
    annotations: createAnnotations(request.query ?? ""),
    meter,
    evaluate: (node, inner) => evaluateNode(bare, node, inner),
  };
  const read = await readAll(bare, { reader: request.reader, requests, expression, grid });
  checkAlive(meter);
  const evaluation: Evaluation = {
    ...bare,
    ...read,
    evaluate: (node, inner) => evaluateNode(evaluation, node, inner),
  };
  const value = computeValue(evaluation, expression, grid);
  const notes = listAnnotations(evaluation.annotations, options.maxAnnotations ?? 10);
  const stats = { peakSamples: meter.peakSamples, series: meter.series };
  return { value, ...notes, stats };
}
