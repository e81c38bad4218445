import type { Expression, VectorSelector } from "./ast.ts";
import type { Annotations } from "./annotations.ts";
import type { Column, Grid, NodeValue } from "./columns.ts";
import type { Meter } from "./limits.ts";
import type { Series } from "./value.ts";

/** Everything that stays the same while one query is evaluated. */
export interface Evaluation {
  readonly startMs: number;
  readonly endMs: number;
  /** 0 for an instant query. */
  readonly stepMs: number;
  readonly lookbackMs: number;
  readonly subqueryStepMs: number;
  readonly isRange: boolean;
  readonly selected: ReadonlyMap<VectorSelector, readonly Series[]>;
  /** Nodes that have been worked out while their series were read. */
  readonly reduced: ReadonlyMap<Expression, readonly Column[]>;
  readonly annotations: Annotations;
  readonly meter: Meter;
  /** Evaluates any node; passed down so that files need not import each other in circles. */
  readonly evaluate: (node: Expression, grid: Grid) => NodeValue;
}

/** Evaluates a node the type check knows to be an instant vector. */
export function evaluateVector(evaluation: Evaluation, node: Expression, grid: Grid): readonly Column[] {
  const value = evaluation.evaluate(node, grid);
  return value.kind === "vector" ? value.columns : [];
}

/** Evaluates a node the type check knows to be a scalar: one number for each step. */
export function evaluateScalar(evaluation: Evaluation, node: Expression, grid: Grid): Float64Array {
  const value = evaluation.evaluate(node, grid);
  return value.kind === "scalar" ? value.values : new Float64Array(grid.count).fill(NaN);
}
