import { findUnsupported, ParseError, parseExpression, type Expression } from "@spanlight/promql";

/**
 * Parses the expression of a rule; experimental parts of the language are taken.
 * Throws `ParseError`, also for what parses and could never be evaluated.
 */
export function parseRuleExpression(text: string): Expression {
  const expression = parseExpression(text, { experimental: true });
  const unsupported = findUnsupported(expression);
  if (unsupported !== null) throw new ParseError(text, [unsupported]);
  return expression;
}
