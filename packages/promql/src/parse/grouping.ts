import { isValidLabelName } from "../labels.ts";
import { quote } from "../text/go-text.ts";
import { accept, fail, failUnexpected, isNext, peek, take, type Cursor } from "./cursor.ts";
import { textOf } from "./literal.ts";

const CONTEXT = "grouping opts";
const LABEL_KINDS = new Set(["identifier", "metric identifier", "aggregator", "keyword", "preprocessor"]);
const LABEL_OPERATORS = new Set(["and", "or", "unless", "atan2"]);

function parseGroupingLabel(cursor: Cursor): string {
  const token = peek(cursor);
  const isName =
    LABEL_KINDS.has(token.kind) || (token.kind === "operator" && LABEL_OPERATORS.has(token.word));
  if (!isName && token.kind !== "string") return failUnexpected(cursor, CONTEXT, "label");
  take(cursor);
  const name = token.kind === "string" ? textOf(cursor, token) : token.text;
  if (!isValidLabelName(name)) {
    fail(cursor, token, `invalid label name for grouping: ${quote(name)}`);
  }
  return name;
}

/** Parses `(label, "other label", …)`. */
export function parseGroupingLabels(cursor: Cursor): string[] {
  if (!accept(cursor, "punctuation", "(")) failUnexpected(cursor, CONTEXT, '"("');
  const labels: string[] = [];
  while (!accept(cursor, "punctuation", ")")) {
    labels.push(parseGroupingLabel(cursor));
    const more = accept(cursor, "punctuation", ",");
    if (!more && !isNext(cursor, "punctuation", ")")) {
      failUnexpected(cursor, CONTEXT, '"," or ")"');
    }
  }
  return labels;
}
