import { evaluateAggregation } from "./aggregate/aggregate.ts";
import type { Expression, UnaryExpression, VectorSelector } from "./ast.ts";
import { evaluateBinary } from "./binary/binary.ts";
import { sizeOf, type Column, type Grid, type NodeValue } from "./columns.ts";
import type { Evaluation } from "./evaluation.ts";
import { evaluateCall } from "./functions/call.ts";
import { mapColumn } from "./functions/math.ts";
import { checkAlive, countSamples } from "./limits.ts";
import { isStepInvariant } from "./plan.ts";
import { selectVector } from "./selectors.ts";

function negate(evaluation: Evaluation, node: UnaryExpression, grid: Grid): NodeValue {
  const value = evaluation.evaluate(node.expression, grid);
  if (node.operator === "+" || value.kind === "string") return value;
  if (value.kind === "scalar") return { kind: "scalar", values: value.values.map((one) => -one) };
  return { kind: "vector", columns: value.columns.map((one) => mapColumn(one, (v) => -v)) };
}

function select(evaluation: Evaluation, node: VectorSelector, grid: Grid): NodeValue {
  countSamples(evaluation.meter, (evaluation.selected.get(node)?.length ?? 0) * grid.count);
  return { kind: "vector", columns: selectVector(evaluation, node, grid) };
}

function evaluateKind(evaluation: Evaluation, node: Expression, grid: Grid): NodeValue {
  const reduced = evaluation.reduced.get(node);
  if (reduced !== undefined) return { kind: "vector", columns: reduced };
  switch (node.kind) {
    case "number":
      return { kind: "scalar", values: new Float64Array(grid.count).fill(node.value) };
    case "string":
      return { kind: "string", value: node.value };
    case "vector selector":
      return select(evaluation, node, grid);
    case "call":
      return evaluateCall(evaluation, node, grid);
    case "aggregation":
      return { kind: "vector", columns: evaluateAggregation(evaluation, node, grid) };
    case "binary":
      return evaluateBinary(evaluation, node, grid);
    case "unary":
      return negate(evaluation, node, grid);
    case "paren":
      return evaluation.evaluate(node.expression, grid);
    default:
      return { kind: "vector", columns: [] }; // Range vectors are read by their functions.
  }
}

function repeatColumn(column: Column, count: number): Column {
  const values = new Float64Array(count).fill(column.values[0] ?? NaN);
  const present = new Uint8Array(count).fill(column.present[0] ?? 0);
  return { ...column, values, present };
}

function repeat(value: NodeValue, count: number): NodeValue {
  if (value.kind === "string") return value;
  if (value.kind === "scalar") {
    return { kind: "scalar", values: new Float64Array(count).fill(value.values[0] ?? NaN) };
  }
  return { kind: "vector", columns: value.columns.map((column) => repeatColumn(column, count)) };
}

/** Evaluates a node over all steps of a grid; what never changes is computed once. */
export function evaluateNode(evaluation: Evaluation, node: Expression, grid: Grid): NodeValue {
  const { meter } = evaluation;
  checkAlive(meter);
  const before = meter.samples;
  countSamples(meter, grid.count); // A check before anything of that size is made.
  meter.samples = before;
  const once = grid.count > 1 && node.kind !== "number" && isStepInvariant(node);
  const value = once
    ? repeat(evaluateKind(evaluation, node, { ...grid, count: 1 }), grid.count)
    : evaluateKind(evaluation, node, grid);
  // What the children held is garbage now; the result is what is left.
  meter.samples = before;
  countSamples(meter, sizeOf(value));
  return value;
}
