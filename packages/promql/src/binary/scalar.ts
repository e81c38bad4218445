// Operators with a scalar on one side or both. Hot path: see the overrides in .oxlintrc.json.
import type { BinaryExpression } from "../ast.ts";
import type { Column } from "../columns.ts";
import type { Operation } from "./operators.ts";

/** Two scalars: comparisons answer 0 or 1. */
export function combineScalars(operation: Operation, left: Float64Array, right: Float64Array): Float64Array {
  const out = new Float64Array(left.length);
  for (let i = 0; i < out.length; i++) {
    if (operation.kind === "arithmetic") out[i] = operation.run(left[i]!, right[i]!);
    else out[i] = operation.run(left[i]!, right[i]!) ? 1 : 0;
  }
  return out;
}

/** A vector and a scalar. A comparison without `bool` keeps the vector's own values. */
export function combineWithScalar(
  node: BinaryExpression,
  operation: Operation,
  columns: readonly Column[],
  scalar: { values: Float64Array; onLeft: boolean },
): Column[] {
  const filters = operation.kind === "comparison" && !node.returnBool;
  return columns.map((column) => {
    const count = column.values.length;
    const values = new Float64Array(count);
    const present = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      if (column.present[i] === 0) continue;
      const value = column.values[i]!;
      const left = scalar.onLeft ? scalar.values[i]! : value;
      const right = scalar.onLeft ? value : scalar.values[i]!;
      if (operation.kind === "arithmetic") values[i] = operation.run(left, right);
      else {
        const holds = operation.run(left, right);
        if (filters && !holds) continue;
        values[i] = filters ? value : Number(holds);
      }
      present[i] = 1;
    }
    return { labels: column.labels, dropName: column.dropName || !filters, values, present };
  });
}
