import type { VectorSelector } from "../ast.ts";
import { METRIC_NAME } from "../labels.ts";
import { compileMatcher, type Matcher, type MatchType } from "../matchers.ts";
import { accept, endOfLast, fail, failUnexpected, isNext, peek, take, type Cursor } from "./cursor.ts";
import { textOf } from "./literal.ts";
import type { Token } from "./token.ts";

const MATCHING = "label matching";

function matchTypeOf(token: Token): MatchType | null {
  const { word } = token;
  return word === "=" || word === "!=" || word === "=~" || word === "!~" ? word : null;
}

function makeMatcher(cursor: Cursor, name: Token, matcher: Matcher): Matcher {
  try {
    compileMatcher(matcher);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    fail(cursor, { start: name.start, end: endOfLast(cursor) }, reason);
  }
  return matcher;
}

function parseLabelMatcher(cursor: Cursor): Matcher {
  const name = peek(cursor);
  if (name.kind !== "identifier" && name.kind !== "string") {
    return failUnexpected(cursor, MATCHING, 'identifier or "}"');
  }
  take(cursor);
  const label = name.kind === "string" ? textOf(cursor, name) : name.text;
  const type = matchTypeOf(peek(cursor));
  if (type === null) {
    if (name.kind === "string") return { type: "=", name: METRIC_NAME, value: label };
    return failUnexpected(cursor, MATCHING, "label matching operator");
  }
  take(cursor);
  const value = peek(cursor);
  if (value.kind !== "string") return failUnexpected(cursor, MATCHING, "string");
  take(cursor);
  return makeMatcher(cursor, name, { type, name: label, value: textOf(cursor, value) });
}

function parseLabelMatchers(cursor: Cursor): Matcher[] {
  const matchers: Matcher[] = [];
  take(cursor);
  while (!accept(cursor, "punctuation", "}")) {
    matchers.push(parseLabelMatcher(cursor));
    const more = accept(cursor, "punctuation", ",");
    if (!more && !isNext(cursor, "punctuation", "}")) {
      failUnexpected(cursor, MATCHING, '"," or "}"');
    }
  }
  return matchers;
}

/** Parses `name`, `name{…}` or `{…}`; the caller knows that the next token starts one. */
export function parseVectorSelector(cursor: Cursor): VectorSelector {
  const { start } = peek(cursor);
  const name = isNext(cursor, "punctuation", "{") ? "" : take(cursor).text;
  const matchers = isNext(cursor, "punctuation", "{") ? parseLabelMatchers(cursor) : [];
  if (name !== "") matchers.push({ type: "=", name: METRIC_NAME, value: name });
  return {
    kind: "vector selector",
    name,
    matchers,
    extended: null,
    offsetMs: 0,
    offsetExpression: null,
    at: null,
    position: { start, end: endOfLast(cursor) },
  };
}
