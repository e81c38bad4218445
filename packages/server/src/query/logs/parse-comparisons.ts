// Conditions on attributes as people write them: tokens_used > 2000 and model = "gpt-4o".

/** A condition that cannot be read; the message says where and what is expected. */
export class ComparisonError extends Error {
  override readonly name = "ComparisonError";
  readonly code = "bad_comparison";
}

export type Operator = "=" | "!=" | ">" | ">=" | "<" | "<=" | "~";

/** `key operator value`; a value without quotes that reads as a number is one. */
export interface Comparison {
  readonly key: string;
  readonly operator: Operator;
  readonly value: string | number;
}

const token = /\s*(?:(>=|<=|!=|[=<>~])|"((?:[^"\\]|\\.)*)"|([^\s=<>!~"]+))/y;

const maxComparisons = 20;

interface Token {
  readonly kind: "operator" | "quoted" | "word";
  readonly text: string;
}

/** Reads comparisons joined by `and`. Throws ComparisonError. */
export function parseComparisons(text: string): Comparison[] {
  const tokens = readTokens(text);
  const comparisons: Comparison[] = [];
  for (let at = 0; at < tokens.length; at += 4) {
    comparisons.push(readComparison(tokens.slice(at, at + 3), text));
    const joint = tokens[at + 3];
    const isJoined = joint?.kind === "word" && joint.text.toLowerCase() === "and";
    if (joint !== undefined && (!isJoined || at + 4 >= tokens.length))
      throw new ComparisonError(`after "${tokens[at + 2]?.text}" comes "and" and another comparison`);
  }
  if (comparisons.length > maxComparisons)
    throw new ComparisonError(`more than ${maxComparisons} comparisons at once`);
  return comparisons;
}

function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  token.lastIndex = 0;
  const end = text.trimEnd().length;
  while (token.lastIndex < end) {
    const from = token.lastIndex;
    const match = token.exec(text);
    if (match === null) throw new ComparisonError(`cannot be read from "${text.slice(from, from + 20)}" on`);
    const [, operator, quoted, word] = match;
    if (operator !== undefined) tokens.push({ kind: "operator", text: operator });
    else if (quoted !== undefined) tokens.push({ kind: "quoted", text: quoted.replace(/\\(.)/g, "$1") });
    else tokens.push({ kind: "word", text: word ?? "" });
  }
  return tokens;
}

function readComparison([key, operator, value]: readonly Token[], text: string): Comparison {
  if (key === undefined || operator === undefined || value === undefined || key.kind === "operator")
    throw new ComparisonError(`"${text}" is no comparison: write key, operator, value`);
  if (operator.kind !== "operator" || value.kind === "operator")
    throw new ComparisonError(`after "${key.text}" comes one of = != > >= < <= ~ and a value`);
  const number = Number(value.text);
  const isNumber = value.kind === "word" && Number.isFinite(number);
  return { key: key.text, operator: operator.text as Operator, value: isNumber ? number : value.text };
}
