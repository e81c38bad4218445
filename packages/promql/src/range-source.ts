import { unwrapParens, type Expression, type MatrixSelector, type Subquery } from "./ast.ts";
import { compactColumn, type Grid } from "./columns.ts";
import { evaluateVector, type Evaluation } from "./evaluation.ts";
import type { Look } from "./functions/rate.ts";
import { checkAlive } from "./limits.ts";
import {
  referenceOf,
  refuseExtended,
  refuseNativeHistograms,
  startOf,
  withoutStaleMarkers,
  type RangeSeries,
} from "./selectors.ts";

/** The samples and windows that a range function works on. */
export interface RangeSource {
  readonly series: readonly RangeSeries[];
  readonly look: Look;
}

function fromSelector(evaluation: Evaluation, node: MatrixSelector, grid: Grid): RangeSource {
  refuseExtended(node.selector);
  const found = evaluation.selected.get(node.selector) ?? [];
  const series = found.map((one, index) => {
    if (index % 256 === 0) checkAlive(evaluation.meter);
    refuseNativeHistograms(one);
    return withoutStaleMarkers(one);
  });
  const start = startOf(referenceOf(node.selector, evaluation), grid);
  return { series, look: { ...start, rangeMs: node.rangeMs } };
}

/** The steps of a subquery: multiples of its step inside (first window's start, last one's end]. */
function gridOf(startMs: number, endMs: number, stepMs: number): Grid {
  let firstMs = Math.trunc(startMs / stepMs) * stepMs;
  if (firstMs <= startMs) firstMs += stepMs;
  const count = Math.max(0, Math.floor((endMs - firstMs) / stepMs) + 1);
  return { startMs: firstMs, stepMs, count };
}

function fromSubquery(evaluation: Evaluation, node: Subquery, grid: Grid): RangeSource {
  const start = startOf(referenceOf(node, evaluation), grid);
  const lastMs = start.firstMs + start.stepMs * Math.max(0, grid.count - 1);
  const stepMs = node.stepMs === 0 ? evaluation.subqueryStepMs : node.stepMs;
  const inner = gridOf(start.firstMs - node.rangeMs, lastMs, stepMs);
  const columns = inner.count === 0 ? [] : evaluateVector(evaluation, node.expression, inner);
  const series = columns.map((column) => ({ ...compactColumn(column, inner), dropName: column.dropName }));
  return { series, look: { ...start, rangeMs: node.rangeMs } };
}

/** Finds the samples of a range selector or subquery for every step of a grid. */
export function findRangeSource(
  evaluation: Evaluation,
  expression: Expression | undefined,
  grid: Grid,
): RangeSource {
  const node = expression === undefined ? undefined : unwrapParens(expression);
  if (node?.kind === "matrix selector") return fromSelector(evaluation, node, grid);
  if (node?.kind === "subquery") return fromSubquery(evaluation, node, grid);
  return { series: [], look: { firstMs: 0, stepMs: 0, rangeMs: 0 } };
}
