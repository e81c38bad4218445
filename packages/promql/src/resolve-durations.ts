import { mapChildren, type DurationExpression, type DurationOperand, type Expression } from "./ast.ts";
import { ExecutionError } from "./errors.ts";

/** What `step()` and `range()` mean in durations, in milliseconds. */
export interface QuerySpan {
  readonly stepMs: number;
  readonly rangeMs: number;
}

function failAt(node: DurationOperand, message: string): never {
  throw new ExecutionError(`${node.position.start}:${node.position.end}: ${message}`);
}

const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  min_of: Math.min,
  max_of: Math.max,
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "%": (left, right) => left % right,
  "^": (left, right) => left ** right,
};

function evaluateSeconds(node: DurationOperand | null, span: QuerySpan): number {
  if (node === null) return 0;
  if (node.kind === "number") return node.value;
  const { operator } = node;
  if (operator === "step") return span.stepMs / 1000;
  if (operator === "range") return span.rangeMs / 1000;
  const left = evaluateSeconds(node.left, span);
  const right = evaluateSeconds(node.right, span);
  if (right === 0 && operator === "/") return failAt(node, "division by zero");
  if (right === 0 && operator === "%") return failAt(node, "modulo by zero");
  return ARITHMETIC[operator]?.(left, right) ?? NaN;
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
  if (node.kind === "vector selector") return { ...node, ...offsetOf(node, span) };
  if (node.kind === "matrix selector") {
    const selector = { ...node.selector, ...offsetOf(node.selector, span) };
    return { ...node, selector, ...rangeOf(node, span) };
  }
  const resolved = mapChildren(node, (child) => resolveDurations(child, span));
  if (resolved.kind !== "subquery") return resolved;
  const { stepExpression } = resolved;
  const stepMs = stepExpression === null ? resolved.stepMs : evaluateMs(stepExpression, span, false);
  const durations = { ...offsetOf(resolved, span), ...rangeOf(resolved, span) };
  return { ...resolved, ...durations, stepMs, stepExpression: null };
}
