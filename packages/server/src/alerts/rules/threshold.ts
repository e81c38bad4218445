import {
  printExpression,
  typeOf,
  unwrapParens,
  type BinaryExpression,
  type Expression,
} from "@spanlight/promql";

export type ThresholdOperator = ">" | ">=" | "<" | "<=" | "==" | "!=";

/** The comparison an alert turns on: `observed operator value`. */
export interface Threshold {
  /** The expression compared, as PromQL. */
  readonly observed: string;
  readonly operator: ThresholdOperator;
  readonly value: number;
  /** True when the comparison is the whole rule, so that `observed` alone decides it. */
  readonly isWhole: boolean;
}

const MIRRORED: Readonly<Record<ThresholdOperator, ThresholdOperator>> = {
  ">": "<",
  ">=": "<=",
  "<": ">",
  "<=": ">=",
  "==": "==",
  "!=": "!=",
};

function toOperator(operator: string): ThresholdOperator | null {
  return operator in MIRRORED ? (operator as ThresholdOperator) : null; // the keys are the type
}

const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "%": (left, right) => left % right,
  "^": (left, right) => left ** right,
};

/** The value of a constant expression such as `14.4 * 0.01`, or null. */
function foldConstant(expression: Expression): number | null {
  const node = unwrapParens(expression);
  if (node.kind === "number") return node.value;
  if (node.kind === "unary") {
    const value = foldConstant(node.expression);
    return value !== null && node.operator === "-" ? -value : value;
  }
  const compute = node.kind === "binary" ? ARITHMETIC[node.operator] : undefined;
  if (node.kind !== "binary" || compute === undefined) return null;
  const [left, right] = [foldConstant(node.left), foldConstant(node.right)];
  return left === null || right === null ? null : compute(left, right);
}

function fromComparison(node: BinaryExpression, isWhole: boolean): Threshold | null {
  const operator = toOperator(node.operator);
  if (operator === null || node.returnBool) return null;
  const right = foldConstant(node.right);
  if (right !== null && typeOf(node.left) === "instant vector") {
    return { observed: printExpression(node.left), operator, value: right, isWhole };
  }
  const left = foldConstant(node.left);
  if (left === null || typeOf(node.right) !== "instant vector") return null;
  const observed = printExpression(node.right);
  return { observed, operator: MIRRORED[operator], value: left, isWhole };
}

/**
 * Finds what an alert compares with which number: the expression itself, or the comparisons an element of it may
 * come from, which are those on the left of `and` and `unless` and on both sides of `or`. Empty when there is none
 * (`absent(…)`, vector > vector).
 */
export function listThresholds(expression: Expression, isWhole = true): readonly Threshold[] {
  const node = unwrapParens(expression);
  if (node.kind !== "binary") return [];
  const own = fromComparison(node, isWhole);
  if (own !== null) return [own];
  const isSet = node.operator === "and" || node.operator === "or" || node.operator === "unless";
  const left = isSet ? listThresholds(node.left, false) : [];
  return node.operator === "or" ? [...left, ...listThresholds(node.right, false)] : left;
}

/** The first comparison of an alert, or null. */
export function findThreshold(expression: Expression): Threshold | null {
  return listThresholds(expression)[0] ?? null;
}

/** The comparison that a value of an alert has passed: of several the first that holds for it, else the first; or null. */
export function findPassedThreshold(expression: Expression, value: number): Threshold | null {
  const thresholds = listThresholds(expression);
  return thresholds.find((one) => passes(value, one)) ?? thresholds[0] ?? null;
}

/** Whether a value passes the comparison, NaN as PromQL has it (only `!=` is true). */
export function passes(
  value: number,
  { operator, value: threshold }: Pick<Threshold, "operator" | "value">,
): boolean {
  switch (operator) {
    case ">":
      return value > threshold;
    case ">=":
      return value >= threshold;
    case "<":
      return value < threshold;
    case "<=":
      return value <= threshold;
    case "==":
      return value === threshold;
    case "!=":
      return value !== threshold;
  }
}
