import { quote } from "../text/go-text.ts";

export type TokenKind =
  | "end"
  | "error"
  | "identifier"
  | "metric identifier"
  | "string"
  | "number"
  | "duration"
  | "keyword"
  | "preprocessor"
  | "aggregator"
  | "operator"
  | "punctuation";

/** A token; `text` is as written, `word` the same in lower case for keywords and operators. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

export const AGGREGATORS = [
  "sum",
  "avg",
  "count",
  "min",
  "max",
  "group",
  "stddev",
  "stdvar",
  "topk",
  "bottomk",
  "count_values",
  "quantile",
  "limitk",
  "limit_ratio",
] as const;
export type Aggregator = (typeof AGGREGATORS)[number];

const WORD_KINDS: ReadonlyMap<string, TokenKind> = new Map<string, TokenKind>([
  ...AGGREGATORS.map((name) => [name, "aggregator"] as const),
  ...["and", "or", "unless", "atan2"].map((name) => [name, "operator"] as const),
  ...["offset", "smoothed", "anchored", "by", "without", "on", "ignoring"].map(
    (name) => [name, "keyword"] as const,
  ),
  ...["group_left", "group_right", "bool"].map((name) => [name, "keyword"] as const),
  ...["start", "end", "step", "range", "max_of", "min_of"].map((name) => [name, "preprocessor"] as const),
  ["inf", "number"],
  ["nan", "number"],
]);

/** What a bare word is: a keyword in any case, a number (`Inf`), or an identifier. */
export function kindOfWord(text: string): TokenKind {
  const kind = WORD_KINDS.get(text.toLowerCase());
  if (kind !== undefined) return kind;
  return text.includes(":") ? "metric identifier" : "identifier";
}

function quoteShort(text: string): string {
  const characters = Array.from(text);
  return characters.length > 10 ? `${quote(characters.slice(0, 10).join(""))}...` : quote(text);
}

/** How error messages name a token: `identifier "foo"`, `<op:+>`, `end of input`. */
export function describeToken(token: Token): string {
  switch (token.kind) {
    case "end":
      return "end of input";
    case "error":
      return token.text;
    case "identifier":
    case "metric identifier":
      return `${token.kind} ${quote(token.text)}`;
    case "keyword":
      return `<${token.text}>`;
    case "aggregator":
      return `<aggr:${token.text}>`;
    case "operator":
      return `<op:${token.text}>`;
    case "preprocessor":
    case "punctuation":
      return quoteShort(token.text);
    default:
      return `${token.kind} ${quoteShort(token.text)}`;
  }
}
