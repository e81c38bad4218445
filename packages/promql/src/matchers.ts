import { RE2JS } from "re2js";
import { getLabel, isPlainLabelName, type Labels } from "./labels.ts";
import { quote } from "./text/go-text.ts";

export type MatchType = "=" | "!=" | "=~" | "!~";

/** A condition on one label. Regular expressions are RE2 and match the whole value. */
export interface Matcher {
  readonly type: MatchType;
  readonly name: string;
  readonly value: string;
}

type ValueTest = (value: string) => boolean;

const LITERAL = /^[\w\s:/@%&=,;'"<>~`!#-]*$/;
const ALTERNATIVES = /^[\w\s:/@%&=,;'"<>~`!#|-]*$/;

/** A quick test for the patterns dashboards are full of; null when the pattern needs RE2. */
function compileSimple(pattern: string): ValueTest | null {
  if (pattern === ".*") return () => true;
  if (pattern === ".+") return (value) => value !== "";
  if (LITERAL.test(pattern)) return (value) => value === pattern;
  if (ALTERNATIVES.test(pattern)) {
    const values = new Set(pattern.split("|"));
    return (value) => values.has(value);
  }
  return null;
}

/**
 * Compiles an RE2 pattern that must match a whole value; the dot matches newlines.
 * Throws re2js' own error when the pattern is not RE2.
 */
export function compileAnchored(pattern: string): RE2JS {
  return RE2JS.compile(`^(?s:${pattern})$`);
}

function compilePattern(pattern: string): ValueTest {
  const simple = compileSimple(pattern);
  if (simple !== null) return simple;
  const compiled = compileAnchored(pattern);
  return (value) => compiled.matches(value);
}

/** Turns a matcher into a test of one value. Throws when the regular expression is broken. */
export function compileMatcher(matcher: Matcher): ValueTest {
  const { value: wanted } = matcher;
  switch (matcher.type) {
    case "=":
      return (value) => value === wanted;
    case "!=":
      return (value) => value !== wanted;
    case "=~":
      return compilePattern(wanted);
    case "!~": {
      const test = compilePattern(wanted);
      return (value) => !test(value);
    }
  }
}

/** Turns matchers into a test of a whole label set; a missing label counts as "". */
export function compileMatchers(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const tests = matchers.map((matcher) => ({ name: matcher.name, test: compileMatcher(matcher) }));
  return (labels) => tests.every(({ name, test }) => test(getLabel(labels, name)));
}

/** Writes a matcher as PromQL: `job=~"a|b"`. */
export function formatMatcher(matcher: Matcher): string {
  const name = isPlainLabelName(matcher.name) ? matcher.name : quote(matcher.name);
  return `${name}${matcher.type}${quote(matcher.value)}`;
}
