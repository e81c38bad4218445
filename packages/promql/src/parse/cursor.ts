import { ParseError, type PositionRange } from "../errors.ts";
import { lex } from "./lex.ts";
import { describeToken, type Token, type TokenKind } from "./token.ts";

interface ErrorContext {
  readonly context: string;
  readonly expected: string;
}

/** Where the parser stands. `contexts` is the stack of constructs that word syntax errors. */
export interface Cursor {
  readonly query: string;
  readonly tokens: readonly Token[];
  readonly experimental: boolean;
  readonly contexts: ErrorContext[];
  index: number;
  depth: number;
}

/** Deeper nesting than this would overflow the stack of the evaluator. */
const MAX_DEPTH = 250;

export function createCursor(query: string, experimental: boolean): Cursor {
  return { query, tokens: lex(query), experimental, contexts: [], index: 0, depth: 0 };
}

const NOTHING: Token = { kind: "end", text: "", word: "", start: 0, end: 0 };

export function peek(cursor: Cursor, ahead = 0): Token {
  return cursor.tokens[Math.min(cursor.index + ahead, cursor.tokens.length - 1)] ?? NOTHING;
}

export function take(cursor: Cursor): Token {
  const token = peek(cursor);
  if (cursor.index < cursor.tokens.length - 1) cursor.index++;
  return token;
}

/** The end of the last token taken. */
export function endOfLast(cursor: Cursor): number {
  return cursor.tokens[cursor.index - 1]?.end ?? 0;
}

export function isNext(cursor: Cursor, kind: TokenKind, word: string): boolean {
  const token = peek(cursor);
  return token.kind === kind && token.word === word;
}

/** Takes the next token when it is this one. */
export function accept(cursor: Cursor, kind: TokenKind, word: string): boolean {
  if (!isNext(cursor, kind, word)) return false;
  take(cursor);
  return true;
}

/** Throws a parse error about a part of the query. */
export function fail(cursor: Cursor, position: PositionRange, message: string): never {
  throw new ParseError(cursor.query, [{ position, message }]);
}

/** Throws about the next token. Without a context the innermost enclosing construct words it. */
export function failUnexpected(cursor: Cursor, context?: string, expected = ""): never {
  const token = peek(cursor);
  if (token.kind === "error") fail(cursor, token, token.text);
  const around = context === undefined ? cursor.contexts.at(-1) : { context, expected };
  let message = `unexpected ${describeToken(token)}`;
  if (around !== undefined && around.context !== "") message += ` in ${around.context}`;
  if (around !== undefined && around.expected !== "") message += `, expected ${around.expected}`;
  return fail(cursor, token, message);
}

/** Runs a parser with another wording for the syntax errors in it. */
export function inContext<T>(cursor: Cursor, context: ErrorContext, parse: () => T): T {
  cursor.contexts.push(context);
  const result = parse();
  cursor.contexts.pop();
  return result;
}

/** Guards recursion. */
export function nested<T>(cursor: Cursor, parse: () => T): T {
  cursor.depth++;
  if (cursor.depth > MAX_DEPTH) fail(cursor, peek(cursor), "expression is nested too deeply");
  const result = parse();
  cursor.depth--;
  return result;
}
