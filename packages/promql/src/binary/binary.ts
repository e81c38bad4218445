import { inform } from "../annotations.ts";
import { isSetOperator, type BinaryExpression, type Expression } from "../ast.ts";
import type { Grid, NodeValue } from "../columns.ts";
import type { Evaluation } from "../evaluation.ts";
import { quote } from "../text/go-text.ts";
import { findOperation, type Operation } from "./operators.ts";
import { combineScalars, combineWithScalar } from "./scalar.ts";
import { combineSets } from "./set.ts";
import { combineVectors } from "./vector.ts";

const NOTHING: NodeValue = { kind: "vector", columns: [] };

function evaluateBoth(
  evaluation: Evaluation,
  sides: readonly [Expression, Expression],
  grid: Grid,
): readonly [NodeValue, NodeValue] {
  return [evaluation.evaluate(sides[0], grid), evaluation.evaluate(sides[1], grid)];
}

/** `</` and `>/` cut native histograms; on floats they give nothing and say so. */
function refuseTrim(evaluation: Evaluation, node: BinaryExpression): NodeValue {
  const types = `float ${node.operator} float`;
  const message = `incompatible sample types encountered for binary operator ${quote(node.operator)}: ${types}`;
  inform(evaluation.annotations, node.position, message);
  return NOTHING;
}

function combine(
  node: BinaryExpression,
  operation: Operation,
  [left, right]: readonly [NodeValue, NodeValue],
  count: number,
): NodeValue {
  if (left.kind === "scalar" && right.kind === "scalar") {
    return { kind: "scalar", values: combineScalars(operation, left.values, right.values) };
  }
  if (left.kind === "vector" && right.kind === "vector") {
    const sides = { left: left.columns, right: right.columns };
    return { kind: "vector", columns: combineVectors(node, operation, sides, count) };
  }
  if (left.kind === "vector" && right.kind === "scalar") {
    const scalar = { values: right.values, onLeft: false };
    return { kind: "vector", columns: combineWithScalar(node, operation, left.columns, scalar) };
  }
  if (left.kind === "scalar" && right.kind === "vector") {
    const scalar = { values: left.values, onLeft: true };
    return { kind: "vector", columns: combineWithScalar(node, operation, right.columns, scalar) };
  }
  return NOTHING;
}

/** Evaluates a binary expression. */
export function evaluateBinary(evaluation: Evaluation, node: BinaryExpression, grid: Grid): NodeValue {
  const values = evaluateBoth(evaluation, [node.left, node.right], grid);
  const [left, right] = values;
  if (isSetOperator(node.operator)) {
    const { operator, matching } = node;
    const known = operator === "and" || operator === "or" || operator === "unless";
    if (!known || matching === null || left.kind !== "vector" || right.kind !== "vector") {
      return NOTHING;
    }
    const sides = { left: left.columns, right: right.columns, matching, count: grid.count };
    return { kind: "vector", columns: combineSets(operator, sides) };
  }
  const operation = findOperation(node.operator);
  if (operation === null) return refuseTrim(evaluation, node);
  return combine(node, operation, values, grid.count);
}
