import { warnOfQuantile } from "../annotations.ts";
import type { Aggregation, Expression } from "../ast.ts";
import { stringOf } from "../check.ts";
import { createColumn, mergeColumns, pruneEmpty, type Column, type Grid } from "../columns.ts";
import { ExecutionError } from "../errors.ts";
import { evaluateScalar, evaluateVector, type Evaluation } from "../evaluation.ts";
import { isValidLabelName, labelsKey, withLabel } from "../labels.ts";
import { countSamples } from "../limits.ts";
import { quote } from "../text/go-text.ts";
import { formatDecimal } from "../text/number-text.ts";
import { chooseExtremes, chooseFirst, chooseRatio } from "./choose.ts";
import { groupColumns, type Group } from "./groups.ts";
import { quantileGroups, reduceGroups } from "./reduce.ts";

/** Counts how often each value occurs in a group; one column for each value. */
function countValuesOf(evaluation: Evaluation, group: Group, label: string, steps: number): Column[] {
  const counts = new Map<string, Column>();
  for (const column of group.columns) {
    for (let step = 0; step < steps; step++) {
      if (column.present[step] === 0) continue;
      const labels = withLabel(group.labels, label, formatDecimal(column.values[step] ?? NaN));
      const key = labelsKey(labels);
      const known = counts.get(key);
      const out = known ?? createColumn(labels, group.dropName, steps);
      if (known === undefined) countSamples(evaluation.meter, steps);
      out.values[step] = (out.values[step] ?? 0) + 1;
      out.present[step] = 1;
      counts.set(key, out);
    }
  }
  return [...counts.values()];
}

/** Joins columns of equal labels by adding them (groups that differ only in the counted label). */
function countValues(
  evaluation: Evaluation,
  node: Aggregation,
  columns: readonly Column[],
  steps: number,
): Column[] {
  const label = stringOf(node.parameter ?? undefined);
  if (!isValidLabelName(label)) throw new ExecutionError(`invalid label name ${quote(label)}`);
  // The counted label replaces one of that name, so groups must not be told apart by it.
  const grouping = node.without ? [...node.grouping, label] : node.grouping.filter((name) => name !== label);
  const groups = groupColumns({ ...node, grouping }, columns);
  return mergeColumns(groups.flatMap((group) => countValuesOf(evaluation, group, label, steps)));
}

/** Warns of NaN, of the greatest quantile above 1 and of the least below 0. */
function warnOfQuantiles(evaluation: Evaluation, parameter: Expression, values: Float64Array): void {
  const numbers = values.filter((q) => !Number.isNaN(q));
  const worst = new Set([Math.max(...numbers), Math.min(...numbers)]);
  if (numbers.length < values.length) worst.add(NaN);
  if (numbers.length === 0) for (const q of [Infinity, -Infinity]) worst.delete(q);
  for (const q of worst) warnOfQuantile(evaluation.annotations, parameter.position, q);
}

function evaluateWithParameter(
  evaluation: Evaluation,
  node: Aggregation,
  columns: readonly Column[],
  grid: Grid,
): Column[] {
  const { operator, parameter } = node;
  if (parameter === null) return [];
  const values = evaluateScalar(evaluation, parameter, grid);
  switch (operator) {
    case "topk":
    case "bottomk":
      return chooseExtremes(operator, groupColumns(node, columns), values);
    case "limitk":
      return chooseFirst(groupColumns(node, columns), values);
    case "limit_ratio":
      return chooseRatio(evaluation, node, values, columns);
    default:
      warnOfQuantiles(evaluation, parameter, values);
      return quantileGroups(groupColumns(node, columns), values);
  }
}

/** Evaluates an aggregation. */
export function evaluateAggregation(evaluation: Evaluation, node: Aggregation, grid: Grid): Column[] {
  const columns = pruneEmpty(evaluateVector(evaluation, node.expression, grid));
  if (node.operator === "count_values") return countValues(evaluation, node, columns, grid.count);
  if (node.parameter !== null) return evaluateWithParameter(evaluation, node, columns, grid);
  return reduceGroups(node.operator, groupColumns(node, columns), grid.count) ?? [];
}
