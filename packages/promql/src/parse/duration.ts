import type { DurationExpression, DurationOperand, NumberLiteral } from "../ast.ts";
import { accept, fail, failUnexpected, isNext, nested, peek, take, type Cursor } from "./cursor.ts";
import { isNumberToken, parseNumberLiteral } from "./literal.ts";
import type { Token } from "./token.ts";

/** Go's time.Duration ends here (seconds). */
const MAX_SECONDS = 2 ** 63 / 1e9;
const PRECEDENCE: Readonly<Record<string, number>> = {
  "+": 1,
  "-": 1,
  "*": 2,
  "/": 2,
  "%": 2,
  "^": 3,
};
const UNARY_OPERAND = 3;
export const EXPECTED_DURATION = "number, duration, step(), or range()";

/** Milliseconds of a number of seconds, rounded to nanoseconds and cut as Go does. */
export function secondsToMs(seconds: number): number {
  return Math.trunc(Math.round(seconds * 1e9) / 1e6);
}

function checkRange(cursor: Cursor, literal: NumberLiteral, at: Token): NumberLiteral {
  if (Math.abs(literal.value) > MAX_SECONDS || Number.isNaN(literal.value)) {
    fail(cursor, at, "duration out of range");
  }
  return literal;
}

function negate(operand: DurationOperand, sign: Token): DurationOperand {
  const position = { start: sign.start, end: operand.position.end };
  if (operand.kind === "number") {
    return { ...operand, value: sign.word === "-" ? -operand.value : operand.value, position };
  }
  if (sign.word === "+") return operand;
  return { kind: "duration", operator: "-", left: null, right: operand, wrapped: false, position };
}

function isSign(token: Token): boolean {
  return token.kind === "operator" && (token.word === "-" || token.word === "+");
}

/** `step()`, `range()`, `min_of(a, b)`, `max_of(a, b)`. */
function parseDurationCall(cursor: Cursor): DurationExpression {
  const name = take(cursor);
  if (!accept(cursor, "punctuation", "(")) failUnexpected(cursor);
  const noParameters = name.word === "step" || name.word === "range";
  let left: DurationOperand | null = null;
  let right: DurationOperand | null = null;
  if (!noParameters) {
    left = parseDurationExpression(cursor);
    if (!accept(cursor, "punctuation", ",")) failUnexpected(cursor);
    right = parseDurationExpression(cursor);
  }
  const close = peek(cursor);
  if (!accept(cursor, "punctuation", ")")) failUnexpected(cursor);
  return {
    kind: "duration",
    operator: operatorOfCall(name.word),
    left,
    right,
    wrapped: false,
    position: { start: name.start, end: close.end },
  };
}

function operatorOfCall(word: string): DurationExpression["operator"] {
  if (word === "step" || word === "range") return word;
  return word.startsWith("min") ? "min_of" : "max_of";
}

function isDurationCall(token: Token): boolean {
  return token.kind === "preprocessor" && token.word !== "start" && token.word !== "end";
}

function parseWrapped(cursor: Cursor): DurationOperand {
  take(cursor);
  const inner = nested(cursor, () => parseDurationExpression(cursor));
  if (!accept(cursor, "punctuation", ")")) failUnexpected(cursor);
  return inner.kind === "number" ? inner : { ...inner, wrapped: true };
}

function parseOperand(cursor: Cursor): DurationOperand {
  const token = peek(cursor);
  if (isNumberToken(token)) return checkRange(cursor, parseNumberLiteral(cursor), token);
  if (isSign(token)) {
    take(cursor);
    const operand = nested(cursor, () => parseDurationExpression(cursor, UNARY_OPERAND));
    return negate(operand, token);
  }
  if (isDurationCall(token)) return parseDurationCall(cursor);
  if (isNext(cursor, "punctuation", "(")) return parseWrapped(cursor);
  return failUnexpected(cursor);
}

function combine(cursor: Cursor, operator: Token, sides: DurationOperand[]): DurationExpression {
  const [left, right] = sides;
  if (left === undefined || right === undefined) return failUnexpected(cursor);
  if (right.kind === "number" && right.value === 0) {
    if (operator.word === "/") fail(cursor, operator, "division by zero");
    if (operator.word === "%") fail(cursor, operator, "modulo by zero");
  }
  const position = { start: left.position.start, end: right.position.end };
  const word = operator.word as "+" | "-" | "*" | "/" | "%" | "^"; // checked by PRECEDENCE
  return { kind: "duration", operator: word, left, right, wrapped: false, position };
}

/** Parses the arithmetic allowed in `[…]`. */
function parseDurationExpression(cursor: Cursor, minimum = 1): DurationOperand {
  let left = parseOperand(cursor);
  for (;;) {
    const operator = peek(cursor);
    const precedence = operator.kind === "operator" ? PRECEDENCE[operator.word] : undefined;
    if (precedence === undefined || precedence < minimum) return left;
    take(cursor);
    const next = operator.word === "^" ? precedence : precedence + 1;
    const right = nested(cursor, () => parseDurationExpression(cursor, next));
    left = combine(cursor, operator, [left, right]);
  }
}

/** Parses what may follow `offset`: one literal, call or parenthesis, with an optional sign. */
export function parseOffsetDuration(cursor: Cursor): DurationOperand {
  const sign = isSign(peek(cursor)) ? take(cursor) : null;
  const token = peek(cursor);
  const isParen = isNext(cursor, "punctuation", "(");
  if (!isNumberToken(token) && !isDurationCall(token) && !isParen) return failUnexpected(cursor);
  const operand = parseOperand(cursor);
  return sign === null ? operand : negate(operand, sign);
}

/** Parses a duration that must be positive. */
export function parsePositiveDuration(cursor: Cursor): DurationOperand {
  const duration = parseDurationExpression(cursor);
  if (duration.kind === "number" && duration.value <= 0) {
    fail(cursor, duration.position, "duration must be greater than 0");
  }
  return duration;
}
