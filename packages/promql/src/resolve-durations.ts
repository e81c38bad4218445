import type { DurationExpression, DurationOperand, Expression } from "./ast.ts";
import { ExecutionError } from "./errors.ts";

/** What `step()` and `range()` mean in durations, in milliseconds. */
export interface QuerySpan {
  readonly stepMs: number;
  readonly rangeMs: number;
}

function failAt(node: DurationOperand, message: string): never {
  throw new ExecutionError(`${node.position.start}:${node.position.end}: ${message}`);
}

function evaluateSeconds(node: DurationOperand | null, span: QuerySpan): number {
  if (node === null) return 0;
  if (node.kind === "number") return node.value;
  const left = evaluateSeconds(node.left, span);
  const right = evaluateSeconds(node.right, span);
  switch (node.operator) {
    case "step":
      return span.stepMs / 1000;
    case "range":
      return span.rangeMs / 1000;
    case "min_of":
      return Math.min(left, right);
    case "max_of":
      return Math.max(left, right);
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return right === 0 ? failAt(node, "division by zero") : left / right;
    case "%":
      return right === 0 ? failAt(node, "modulo by zero") : left % right;
    case "^":
      return left ** right;
  }
}

function evaluateMs(node: DurationExpression, span: QuerySpan, allowNegative: boolean): number {
  const seconds = evaluateSeconds(node, span);
  if (seconds <= 0 && !allowNegative) failAt(node, "duration must be greater than 0");
  if (!(Math.abs(seconds) < 2 ** 63 / 1e9)) failAt(node, "duration is out of range");
  return Math.trunc(seconds * 1000);
}

interface Ranged {
  readonly rangeMs: number;
  readonly rangeExpression: DurationExpression | null;
}

interface Shifted {
  readonly offsetMs: number;
  readonly offsetExpression: DurationExpression | null;
}

function rangeOf(node: Ranged, span: QuerySpan): Ranged {
  const { rangeExpression, rangeMs } = node;
  if (rangeExpression === null) return { rangeMs, rangeExpression };
  return { rangeMs: evaluateMs(rangeExpression, span, false), rangeExpression: null };
}

function offsetOf(node: Shifted, span: QuerySpan): Shifted {
  const { offsetExpression, offsetMs } = node;
  if (offsetExpression === null) return { offsetMs, offsetExpression };
  return { offsetMs: evaluateMs(offsetExpression, span, true), offsetExpression: null };
}

/**
 * Replaces duration arithmetic by milliseconds. Throws `ExecutionError` when a duration is not
 * positive, divides by zero or is out of range.
 */
export function resolveDurations(node: Expression, span: QuerySpan): Expression {
  const resolve = (child: Expression): Expression => resolveDurations(child, span);
  switch (node.kind) {
    case "number":
    case "string":
      return node;
    case "vector selector":
      return { ...node, ...offsetOf(node, span) };
    case "matrix selector": {
      const selector = { ...node.selector, ...offsetOf(node.selector, span) };
      return { ...node, selector, ...rangeOf(node, span) };
    }
    case "subquery": {
      const { stepExpression, stepMs } = node;
      const step = stepExpression === null ? stepMs : evaluateMs(stepExpression, span, false);
      return {
        ...node,
        ...offsetOf(node, span),
        ...rangeOf(node, span),
        stepMs: step,
        stepExpression: null,
        expression: resolve(node.expression),
      };
    }
    case "call":
      return { ...node, arguments: node.arguments.map(resolve) };
    case "aggregation": {
      const parameter = node.parameter === null ? null : resolve(node.parameter);
      return { ...node, expression: resolve(node.expression), parameter };
    }
    case "binary":
      return { ...node, left: resolve(node.left), right: resolve(node.right) };
    case "unary":
    case "paren":
      return { ...node, expression: resolve(node.expression) };
  }
}
