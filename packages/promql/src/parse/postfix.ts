import type { AtModifier, DurationOperand, Expression, MatrixSelector, VectorSelector } from "../ast.ts";
import {
  accept,
  endOfLast,
  fail,
  failUnexpected,
  inContext,
  isNext,
  peek,
  take,
  type Cursor,
} from "./cursor.ts";
import { EXPECTED_DURATION, parseOffsetDuration, parsePositiveDuration, secondsToMs } from "./duration.ts";
import { parseSignedNumber } from "./literal.ts";

interface Resolved {
  readonly ms: number;
  readonly expression: Exclude<DurationOperand, { kind: "number" }> | null;
}

function resolve(duration: DurationOperand): Resolved {
  if (duration.kind === "number") return { ms: secondsToMs(duration.value), expression: null };
  return { ms: 0, expression: duration };
}

function complaintAboutRange(expression: Expression): string | null {
  if (expression.kind !== "vector selector") return "ranges only allowed for vector selectors";
  if (expression.offsetMs !== 0) return "no offset modifiers allowed before range";
  if (typeof expression.at === "number") return "no @ modifiers allowed before range";
  return null;
}

function parseRange(cursor: Cursor, expression: Expression): Expression {
  const open = take(cursor);
  const context = { context: "subquery or range selector", expected: EXPECTED_DURATION };
  const range = resolve(inContext(cursor, context, () => parsePositiveDuration(cursor)));
  if (accept(cursor, "punctuation", ":")) return parseSubquery(cursor, expression, range);
  if (!accept(cursor, "punctuation", "]")) {
    failUnexpected(cursor, "subquery or range", '":" or "]"');
  }
  const end = endOfLast(cursor);
  const complaint = complaintAboutRange(expression);
  if (complaint !== null) fail(cursor, { start: open.start, end }, complaint);
  return {
    kind: "matrix selector",
    selector: expression as VectorSelector, // complaintAboutRange() has looked
    rangeMs: range.ms,
    rangeExpression: range.expression,
    position: { start: expression.position.start, end },
  };
}

function parseSubquery(cursor: Cursor, expression: Expression, range: Resolved): Expression {
  let step: Resolved = { ms: 0, expression: null };
  if (!isNext(cursor, "punctuation", "]")) {
    const expected = 'number, duration, step(), range(), or "]"';
    const context = { context: "subquery selector", expected };
    step = resolve(inContext(cursor, context, () => parsePositiveDuration(cursor)));
  }
  if (!accept(cursor, "punctuation", "]")) failUnexpected(cursor, "subquery selector", '"]"');
  return {
    kind: "subquery",
    expression,
    rangeMs: range.ms,
    rangeExpression: range.expression,
    stepMs: step.ms,
    stepExpression: step.expression,
    offsetMs: 0,
    offsetExpression: null,
    at: null,
    position: { start: expression.position.start, end: endOfLast(cursor) },
  };
}

type Modified = Extract<Expression, { kind: "vector selector" | "matrix selector" | "subquery" }>;

function requireModifiable(cursor: Cursor, expression: Expression, modifier: string): Modified {
  const { kind } = expression;
  if (kind === "vector selector" || kind === "matrix selector" || kind === "subquery") {
    return expression;
  }
  const wanted = "an instant vector selector or range vector selector or a subquery";
  return fail(cursor, expression.position, `${modifier} modifier must be preceded by ${wanted}`);
}

interface Change {
  readonly offsetMs?: number;
  readonly offsetExpression?: Resolved["expression"];
  readonly at?: AtModifier;
  readonly extended?: "anchored" | "smoothed";
}

function applyChange(cursor: Cursor, expression: Modified, change: Change): Expression {
  const end = endOfLast(cursor);
  const position = { start: expression.position.start, end };
  if (expression.kind === "matrix selector") {
    return { ...expression, selector: { ...expression.selector, ...change }, position };
  }
  if (expression.kind === "subquery") {
    const { extended: _, ...rest } = change;
    return { ...expression, ...rest, position };
  }
  return { ...expression, ...change, position };
}

/** What carries the modifiers: the selector inside a matrix selector, or the expression. */
function carrier(expression: Modified): Exclude<Modified, MatrixSelector> {
  return expression.kind === "matrix selector" ? expression.selector : expression;
}

function parseOffset(cursor: Cursor, expression: Expression): Expression {
  take(cursor);
  const context = { context: "offset", expected: EXPECTED_DURATION };
  const offset = resolve(inContext(cursor, context, () => parseOffsetDuration(cursor)));
  const target = requireModifiable(cursor, expression, "offset");
  const { offsetMs, offsetExpression } = carrier(target);
  if (offsetMs !== 0 || offsetExpression !== null) {
    fail(cursor, expression.position, "offset may not be set multiple times");
  }
  return applyChange(cursor, target, { offsetMs: offset.ms, offsetExpression: offset.expression });
}

function parseAtTime(cursor: Cursor, expression: Expression): AtModifier {
  const token = peek(cursor);
  if (token.kind === "preprocessor" && (token.word === "start" || token.word === "end")) {
    take(cursor);
    for (const paren of ["(", ")"]) {
      if (!accept(cursor, "punctuation", paren)) failUnexpected(cursor, "@", "timestamp");
    }
    return token.word;
  }
  const seconds = parseSignedNumber(cursor);
  if (seconds === null) return failUnexpected(cursor, "@", "timestamp");
  if (!Number.isFinite(seconds) || Math.abs(seconds) >= 2 ** 63) {
    const text = Number.isFinite(seconds) ? seconds.toFixed(6) : describeInfinite(seconds);
    fail(cursor, expression.position, `timestamp out of bounds for @ modifier: ${text}`);
  }
  return Math.round(seconds * 1000);
}

function describeInfinite(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

function parseAt(cursor: Cursor, expression: Expression): Expression {
  take(cursor);
  const at = parseAtTime(cursor, expression);
  const target = requireModifiable(cursor, expression, "@");
  if (carrier(target).at !== null) {
    fail(cursor, expression.position, "@ <timestamp> may not be set multiple times");
  }
  return applyChange(cursor, target, { at });
}

function parseExtended(cursor: Cursor, expression: Expression): Expression {
  const extended = take(cursor).word === "anchored" ? "anchored" : "smoothed";
  if (!cursor.experimental) {
    fail(cursor, expression.position, `${extended} modifier is experimental and not enabled`);
  }
  if (expression.kind === "subquery") {
    return fail(cursor, expression.position, `${extended} modifier is not supported for subqueries`);
  }
  if (expression.kind !== "vector selector" && expression.kind !== "matrix selector") {
    return fail(cursor, expression.position, `${extended} modifier not implemented`);
  }
  const selector = expression.kind === "matrix selector" ? expression.selector : expression;
  if (selector.extended !== null && selector.extended !== extended) {
    const message = "anchored and smoothed modifiers cannot be used together";
    fail(cursor, expression.position, message);
  }
  return applyChange(cursor, expression, { extended });
}

/** Parses everything that may follow an operand: `[…]`, `offset`, `@`, `anchored`, `smoothed`. */
export function parsePostfix(cursor: Cursor, operand: Expression): Expression {
  let expression = operand;
  for (;;) {
    if (isNext(cursor, "punctuation", "[")) expression = parseRange(cursor, expression);
    else if (isNext(cursor, "keyword", "offset")) expression = parseOffset(cursor, expression);
    else if (isNext(cursor, "operator", "@")) expression = parseAt(cursor, expression);
    else if (isNext(cursor, "keyword", "anchored") || isNext(cursor, "keyword", "smoothed")) {
      expression = parseExtended(cursor, expression);
    } else return expression;
  }
}
