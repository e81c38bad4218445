import { RE2JS } from "re2js";

/** A condition on a label: `name="value"`, `!=`, `=~`, `!~`. Expressions are RE2 and match the whole value. */
export interface LabelMatcher {
  readonly name: string;
  readonly operator: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}

/** A matcher that cannot be used. */
export class MatcherError extends Error {
  readonly code = "matcher_invalid";
  override readonly name = "MatcherError";
}

const MATCHER = /^\s*([a-zA-Z_][\w.]*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^"\s]*))\s*$/;

function isOperator(text: string): text is LabelMatcher["operator"] {
  return ["=", "!=", "=~", "!~"].includes(text);
}

/** Reads `severity=~"page|critical"`. Throws `MatcherError`. */
export function parseMatcher(text: string): LabelMatcher {
  const [, name = "", operator = "", quoted, bare = ""] = MATCHER.exec(text) ?? [];
  if (name === "" || !isOperator(operator)) {
    throw new MatcherError(`cannot read the matcher ${text}; write name="value" with =, !=, =~ or !~`);
  }
  const value = quoted === undefined ? bare : quoted.replaceAll(/\\(.)/g, "$1");
  const matcher = { name, operator, value };
  compile(matcher);
  return matcher;
}

function compile({ operator, value }: LabelMatcher): (text: string) => boolean {
  if (operator === "=" || operator === "!=") return (text) => (text === value) === (operator === "=");
  try {
    const pattern = RE2JS.compile(`^(?s:${value})$`);
    return (text) => pattern.matches(text) === (operator === "=~");
  } catch (error) {
    throw new MatcherError(`the expression ${value} is not RE2`, { cause: error });
  }
}

/** Throws `MatcherError` for an expression that is not RE2. */
export function checkMatcher(matcher: LabelMatcher): void {
  compile(matcher);
}

/** Whether labels meet all conditions; a missing label counts as "". */
export function matchesAll(
  matchers: readonly LabelMatcher[],
  labels: Readonly<Record<string, string>>,
): boolean {
  return matchers.every((matcher) => compile(matcher)(labels[matcher.name] ?? ""));
}
