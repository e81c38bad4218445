import type { Expression } from "./ast.ts";
import { checkTypes } from "./check.ts";
import type { Matcher } from "./matchers.ts";
import { createCursor, fail, failUnexpected, isNext, peek } from "./parse/cursor.ts";
import { parseExpression as parseAtCursor } from "./parse/expression.ts";
import { parseVectorSelector } from "./parse/selector.ts";

export interface ParseOptions {
  /** Allows what Prometheus hides behind feature flags. Default false. */
  readonly experimental?: boolean;
}

/**
 * Parses and type-checks a PromQL expression.
 * Throws `ParseError` with Prometheus' own message and position.
 */
export function parseExpression(query: string, options: ParseOptions = {}): Expression {
  const cursor = createCursor(query, options.experimental ?? false);
  if (peek(cursor).kind === "end") {
    fail(cursor, { start: 0, end: 0 }, "no expression found in input");
  }
  const expression = parseAtCursor(cursor);
  if (peek(cursor).kind !== "end") failUnexpected(cursor);
  checkTypes(expression, query);
  return expression;
}

/**
 * Parses a series selector such as `up{job="a"}` (what `match[]` takes) into its matchers.
 * Throws `ParseError`.
 */
export function parseSelector(query: string): readonly Matcher[] {
  const cursor = createCursor(query, false);
  const { kind } = peek(cursor);
  const starts = kind === "identifier" || kind === "metric identifier" || kind === "aggregator";
  if (!starts && !isNext(cursor, "punctuation", "{")) failUnexpected(cursor);
  const selector = parseVectorSelector(cursor);
  if (peek(cursor).kind !== "end") failUnexpected(cursor);
  checkTypes(selector, query);
  return selector.matchers;
}
