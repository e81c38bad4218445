import type { BinaryOperator } from "../ast.ts";
import { goPow } from "../functions/math.ts";

type Arithmetic = (left: number, right: number) => number;
type Comparison = (left: number, right: number) => boolean;

const ARITHMETIC: Readonly<Partial<Record<BinaryOperator, Arithmetic>>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "%": (left, right) => left % right,
  "^": goPow,
  atan2: Math.atan2,
};

const COMPARISONS: Readonly<Partial<Record<BinaryOperator, Comparison>>> = {
  "==": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
};

/** What an operator does with two numbers: compute a third, or compare; null for other operators. */
export type Operation =
  | { readonly kind: "arithmetic"; readonly run: Arithmetic }
  | { readonly kind: "comparison"; readonly run: Comparison };

export function findOperation(operator: BinaryOperator): Operation | null {
  const arithmetic = ARITHMETIC[operator];
  if (arithmetic !== undefined) return { kind: "arithmetic", run: arithmetic };
  const comparison = COMPARISONS[operator];
  return comparison === undefined ? null : { kind: "comparison", run: comparison };
}
