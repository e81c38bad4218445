import type { BinaryOperator, Expression, VectorMatching } from "../ast.ts";
import type { PositionRange } from "../errors.ts";
import { findFunction } from "../function-table.ts";
import { quote } from "../text/go-text.ts";
import {
  accept,
  endOfLast,
  fail,
  failUnexpected,
  inContext,
  isNext,
  nested,
  peek,
  take,
  type Cursor,
} from "./cursor.ts";
import { parseGroupingLabels } from "./grouping.ts";
import { isNumberToken, parseNumberLiteral, parseSignedNumber, textOf } from "./literal.ts";
import { parsePostfix } from "./postfix.ts";
import { parseVectorSelector } from "./selector.ts";
import { AGGREGATORS, type Aggregator, type Token } from "./token.ts";

const PRECEDENCE: ReadonlyMap<string, readonly [operator: BinaryOperator, precedence: number]> = new Map(
  (
    [
      ["or"],
      ["and", "unless"],
      ["==", "!=", "<", "<=", ">", ">=", "</", ">/"],
      ["+", "-"],
      ["*", "/", "%", "atan2"],
      ["^"],
    ] as const
  ).flatMap((operators, index) =>
    operators.map((operator) => [operator, [operator, index + 1] as const] as const),
  ),
);
const POWER = 6;
const WITH_PARAMETER = new Set<Aggregator>([
  "topk",
  "bottomk",
  "count_values",
  "quantile",
  "limitk",
  "limit_ratio",
]);
const METRIC_KEYWORDS = new Set(["offset", "by", "without", "anchored", "smoothed"]);
const METRIC_OPERATORS = new Set(["and", "or", "unless"]);

// --- calls ------------------------------------------------------------------------------------

function parseArguments(cursor: Cursor): Expression[] {
  const found: Expression[] = [];
  take(cursor);
  if (accept(cursor, "punctuation", ")")) return found;
  for (;;) {
    found.push(parseExpression(cursor));
    const comma = peek(cursor);
    if (accept(cursor, "punctuation", ")")) return found;
    if (!accept(cursor, "punctuation", ",")) failUnexpected(cursor);
    if (isNext(cursor, "punctuation", ")")) {
      fail(cursor, comma, "trailing commas not allowed in function call args");
    }
  }
}

function parseCall(cursor: Cursor): Expression {
  const token = take(cursor);
  const name = token.kind === "preprocessor" ? token.word : token.text;
  const found = parseArguments(cursor);
  const signature = findFunction(name);
  if (signature === null) fail(cursor, token, `unknown function with name ${quote(name)}`);
  if (signature.experimental && !cursor.experimental) {
    fail(cursor, token, `function ${quote(name)} is not enabled`);
  }
  const position = { start: token.start, end: endOfLast(cursor) };
  return { kind: "call", name, arguments: found, position };
}

// --- aggregations -----------------------------------------------------------------------------

interface Grouping {
  readonly grouping: readonly string[];
  readonly without: boolean;
}

function parseGrouping(cursor: Cursor): Grouping | null {
  const { kind, word } = peek(cursor);
  if (kind !== "keyword" || (word !== "by" && word !== "without")) return null;
  take(cursor);
  return { grouping: parseGroupingLabels(cursor), without: word === "without" };
}

function checkEnabled(cursor: Cursor, operator: Aggregator, position: PositionRange): void {
  if (cursor.experimental || (operator !== "limitk" && operator !== "limit_ratio")) return;
  const how = "must be enabled with --enable-feature=promql-experimental-functions";
  fail(cursor, position, `${operator}() is experimental and ${how}`);
}

function parseAggregation(cursor: Cursor): Expression {
  const token = take(cursor);
  const operator = AGGREGATORS.find((name) => name === token.word) ?? "sum";
  const before = parseGrouping(cursor);
  if (!isNext(cursor, "punctuation", "(")) failUnexpected(cursor, "aggregation");
  const found = inContext(cursor, { context: "aggregation", expected: "" }, () => parseArguments(cursor));
  const grouping = before ?? parseGrouping(cursor) ?? { grouping: [], without: false };
  const position = { start: token.start, end: endOfLast(cursor) };
  if (found.length === 0) fail(cursor, position, "no arguments for aggregate expression provided");
  checkEnabled(cursor, operator, position);
  const wanted = WITH_PARAMETER.has(operator) ? 2 : 1;
  const expression = found[wanted - 1];
  if (found.length !== wanted || expression === undefined) {
    const counts = `expected ${wanted}, got ${found.length}`;
    return fail(cursor, position, `wrong number of arguments for aggregate expression provided, ${counts}`);
  }
  const parameter = wanted === 2 ? (found[0] ?? null) : null;
  return { kind: "aggregation", operator, expression, parameter, ...grouping, position };
}

// --- operands ---------------------------------------------------------------------------------

function startsMetric(token: Token): boolean {
  switch (token.kind) {
    case "identifier":
    case "metric identifier":
    case "aggregator":
    case "preprocessor":
      return true;
    case "keyword":
      return METRIC_KEYWORDS.has(token.word);
    case "operator":
      return METRIC_OPERATORS.has(token.word);
    case "punctuation":
      return token.text === "{";
    default:
      return false;
  }
}

function startsAggregation(cursor: Cursor): boolean {
  if (peek(cursor).kind !== "aggregator") return false;
  const next = peek(cursor, 1);
  return next.text === "(" || (next.kind === "keyword" && (next.word === "by" || next.word === "without"));
}

function parseParen(cursor: Cursor): Expression {
  const { start } = take(cursor);
  const expression = parseExpression(cursor);
  if (!accept(cursor, "punctuation", ")")) failUnexpected(cursor);
  return { kind: "paren", expression, position: { start, end: endOfLast(cursor) } };
}

function parseOperand(cursor: Cursor): Expression {
  const token = peek(cursor);
  if (isNumberToken(token)) return parseNumberLiteral(cursor);
  if (token.kind === "string") {
    take(cursor);
    const position = { start: token.start, end: token.end };
    return { kind: "string", value: textOf(cursor, token), position };
  }
  if (isNext(cursor, "punctuation", "(")) return parseParen(cursor);
  if (startsAggregation(cursor)) return parseAggregation(cursor);
  const callable = token.kind === "identifier" || token.kind === "preprocessor";
  if (callable && peek(cursor, 1).text === "(") return parseCall(cursor);
  if (startsMetric(token)) return parseVectorSelector(cursor);
  return failUnexpected(cursor);
}

function parseUnary(cursor: Cursor): Expression {
  const { kind, word, start } = peek(cursor);
  if (kind !== "operator" || (word !== "+" && word !== "-")) {
    return parsePostfix(cursor, parseOperand(cursor));
  }
  take(cursor);
  const expression = nested(cursor, () => parseBinary(cursor, POWER));
  const position = { start, end: expression.position.end };
  if (expression.kind === "number") {
    return { ...expression, value: word === "-" ? -expression.value : expression.value, position };
  }
  return { kind: "unary", operator: word, expression, position };
}

// --- binary expressions -----------------------------------------------------------------------

type Fill = Pick<VectorMatching, "fillLeft" | "fillRight">;

function parseFill(cursor: Cursor): Fill {
  let fill: Fill = { fillLeft: null, fillRight: null };
  for (;;) {
    const { kind, text } = peek(cursor);
    const isFill = text === "fill" || text === "fill_left" || text === "fill_right";
    if (kind !== "identifier" || !isFill || peek(cursor, 1).text !== "(") return fill;
    const token = take(cursor);
    take(cursor);
    const value = parseSignedNumber(cursor);
    if (value === null || !accept(cursor, "punctuation", ")")) return failUnexpected(cursor);
    if (!cursor.experimental) {
      fail(cursor, token, "binop fill modifiers are experimental and not enabled");
    }
    fill = {
      fillLeft: text === "fill_right" ? fill.fillLeft : value,
      fillRight: text === "fill_left" ? fill.fillRight : value,
    };
  }
}

function parseMatching(cursor: Cursor): { returnBool: boolean; matching: VectorMatching } {
  const returnBool = accept(cursor, "keyword", "bool");
  const on = isNext(cursor, "keyword", "on");
  let labels: readonly string[] = [];
  let include: readonly string[] = [];
  let card: VectorMatching["card"] = "one-to-one";
  if (on || isNext(cursor, "keyword", "ignoring")) {
    take(cursor);
    labels = parseGroupingLabels(cursor);
    const left = accept(cursor, "keyword", "group_left");
    if (left || accept(cursor, "keyword", "group_right")) {
      card = left ? "many-to-one" : "one-to-many";
      if (isNext(cursor, "punctuation", "(")) include = parseGroupingLabels(cursor);
    }
  }
  return { returnBool, matching: { card, on, labels, include, ...parseFill(cursor) } };
}

function parseBinary(cursor: Cursor, minimum: number): Expression {
  let left = parseUnary(cursor);
  for (let links = 0; ; links++) {
    const token = peek(cursor);
    const found = token.kind === "operator" ? PRECEDENCE.get(token.word) : undefined;
    if (found === undefined || found[1] < minimum) return left;
    if (links > 1000) fail(cursor, token, "expression is nested too deeply");
    take(cursor);
    const [operator, precedence] = found;
    const modifiers = parseMatching(cursor);
    const next = operator === "^" ? precedence : precedence + 1;
    const right = nested(cursor, () => parseBinary(cursor, next));
    const position = { start: left.position.start, end: right.position.end };
    left = { kind: "binary", operator, left, right, ...modifiers, position };
  }
}

/** Parses one expression at the cursor. */
export function parseExpression(cursor: Cursor): Expression {
  return nested(cursor, () => parseBinary(cursor, 1));
}
