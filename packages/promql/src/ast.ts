import type { PositionRange } from "./errors.ts";
import type { Matcher } from "./matchers.ts";
import type { Aggregator } from "./parse/token.ts";

export type ValueType = "scalar" | "instant vector" | "range vector" | "string";

export type BinaryOperator =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "^"
  | "atan2"
  | "=="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "</"
  | ">/"
  | "and"
  | "or"
  | "unless";

interface Node {
  readonly position: PositionRange;
}

export interface NumberLiteral extends Node {
  readonly kind: "number";
  /** Seconds when it was written as a duration. */
  readonly value: number;
  readonly isDuration: boolean;
}

export interface StringLiteral extends Node {
  readonly kind: "string";
  readonly value: string;
}

/** Arithmetic where a duration is wanted: `[2 * 5m]`, `offset -step()`. Values in seconds. */
export interface DurationExpression extends Node {
  readonly kind: "duration";
  readonly operator: "+" | "-" | "*" | "/" | "%" | "^" | "step" | "range" | "min_of" | "max_of";
  readonly left: DurationOperand | null;
  readonly right: DurationOperand | null;
  readonly wrapped: boolean;
}
export type DurationOperand = NumberLiteral | DurationExpression;

/** The `@` modifier: a time in ms, or the start or end of the query. */
export type AtModifier = number | "start" | "end" | null;

interface Modifiers {
  /** Milliseconds; 0 while `offsetExpression` is not resolved. */
  readonly offsetMs: number;
  readonly offsetExpression: DurationExpression | null;
  readonly at: AtModifier;
}

export interface VectorSelector extends Node, Modifiers {
  readonly kind: "vector selector";
  /** The metric name written outside the braces, or "". Also among the matchers, last. */
  readonly name: string;
  readonly matchers: readonly Matcher[];
  readonly extended: "anchored" | "smoothed" | null;
}

export interface MatrixSelector extends Node {
  readonly kind: "matrix selector";
  readonly selector: VectorSelector;
  readonly rangeMs: number;
  readonly rangeExpression: DurationExpression | null;
}

export interface Subquery extends Node, Modifiers {
  readonly kind: "subquery";
  readonly expression: Expression;
  readonly rangeMs: number;
  readonly rangeExpression: DurationExpression | null;
  /** Milliseconds; 0 means the default of the evaluation. */
  readonly stepMs: number;
  readonly stepExpression: DurationExpression | null;
}

export interface Call extends Node {
  readonly kind: "call";
  readonly name: string;
  readonly arguments: readonly Expression[];
}

export interface Aggregation extends Node {
  readonly kind: "aggregation";
  readonly operator: Aggregator;
  readonly expression: Expression;
  readonly parameter: Expression | null;
  readonly grouping: readonly string[];
  readonly without: boolean;
}

export interface VectorMatching {
  readonly card: "one-to-one" | "many-to-one" | "one-to-many" | "many-to-many";
  readonly on: boolean;
  readonly labels: readonly string[];
  readonly include: readonly string[];
  readonly fillLeft: number | null;
  readonly fillRight: number | null;
}

export interface BinaryExpression extends Node {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly returnBool: boolean;
  /** null unless both sides are instant vectors (known after the type check). */
  readonly matching: VectorMatching | null;
}

export interface UnaryExpression extends Node {
  readonly kind: "unary";
  readonly operator: "+" | "-";
  readonly expression: Expression;
}

export interface ParenExpression extends Node {
  readonly kind: "paren";
  readonly expression: Expression;
}

export type Expression =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregation
  | BinaryExpression
  | UnaryExpression
  | ParenExpression;

const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);
const SET_OPERATORS: ReadonlySet<string> = new Set(["and", "or", "unless"]);

export function isComparison(operator: BinaryOperator): boolean {
  return COMPARISONS.has(operator);
}

export function isSetOperator(operator: BinaryOperator): boolean {
  return SET_OPERATORS.has(operator);
}

/** The expression without parentheses around it. */
export function unwrapParens(expression: Expression): Expression {
  let inner = expression;
  while (inner.kind === "paren") inner = inner.expression;
  return inner;
}

/** The expressions directly below an expression. */
export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "number":
    case "string":
    case "vector selector":
      return [];
    case "matrix selector":
      return [expression.selector];
    case "call":
      return expression.arguments;
    case "aggregation":
      return expression.parameter === null
        ? [expression.expression]
        : [expression.expression, expression.parameter];
    case "binary":
      return [expression.left, expression.right];
    case "subquery":
    case "unary":
    case "paren":
      return [expression.expression];
  }
}

/** Visits an expression and everything below it, parents first. */
export function walk(expression: Expression, visit: (node: Expression) => void): void {
  visit(expression);
  for (const child of childrenOf(expression)) walk(child, visit);
}

/** A copy of an expression with its direct children replaced; selectors are taken as they are. */
export function mapChildren(node: Expression, map: (child: Expression) => Expression): Expression {
  switch (node.kind) {
    case "number":
    case "string":
    case "vector selector":
    case "matrix selector":
      return node;
    case "call":
      return { ...node, arguments: node.arguments.map(map) };
    case "aggregation": {
      const parameter = node.parameter === null ? null : map(node.parameter);
      return { ...node, expression: map(node.expression), parameter };
    }
    case "binary":
      return { ...node, left: map(node.left), right: map(node.right) };
    case "subquery":
    case "unary":
    case "paren":
      return { ...node, expression: map(node.expression) };
  }
}
