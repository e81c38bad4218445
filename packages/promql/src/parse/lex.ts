import { quote } from "../text/go-text.ts";
import { scanNumber } from "./lex-number.ts";
import { scanString } from "./lex-string.ts";
import { kindOfWord, type Token, type TokenKind } from "./token.ts";

interface LexState {
  readonly input: string;
  readonly tokens: Token[];
  at: number;
  parens: number;
  braceOpen: boolean;
  bracketOpen: boolean;
  gotColon: boolean;
  gotDuration: boolean;
}

/** Thrown inside the lexer to stop it; becomes the last token. */
class LexFailure extends Error {}

const SPACE = /[ \t\n\r]/;
const DIGIT = /\d/;
const ALPHA = /[a-zA-Z_]/;
const DURATION_WORDS = new Set(["step", "range", "min", "max", "min_of", "max_of"]);

function quoteRune(character: string): string {
  const quoted = quote(character).slice(1, -1);
  if (character === "'") return "'\\''";
  return `'${quoted === '\\"' ? '"' : quoted}'`;
}

function runeAt(state: LexState, at: number): string {
  const point = state.input.codePointAt(at);
  return point === undefined ? "" : String.fromCodePoint(point);
}

function emit(state: LexState, kind: TokenKind, end: number): void {
  const text = state.input.slice(state.at, end);
  state.tokens.push({ kind, text, word: text.toLowerCase(), start: state.at, end });
  state.at = end;
}

function wordEnd(state: LexState, pattern: RegExp): number {
  let end = state.at;
  while (end < state.input.length && pattern.test(state.input[end] ?? "")) end++;
  return end;
}

function emitString(state: LexState): void {
  const scanned = scanString(state.input, state.at);
  if ("error" in scanned) throw new LexFailure(scanned.error);
  emit(state, "string", scanned.end);
}

function emitNumber(state: LexState): void {
  const scanned = scanNumber(state.input, state.at);
  if ("error" in scanned) throw new LexFailure(scanned.error);
  emit(state, scanned.kind, scanned.end);
}

function startsNumber(state: LexState): boolean {
  const character = state.input[state.at] ?? "";
  return DIGIT.test(character) || (character === "." && DIGIT.test(state.input[state.at + 1] ?? ""));
}

// --- inside { } -------------------------------------------------------------------------------

const MATCH_OPERATORS: Readonly<Record<string, TokenKind>> = {
  "=~": "operator",
  "!~": "operator",
  "!=": "operator",
};

function lexInBraces(state: LexState): void {
  const character = runeAt(state, state.at);
  if (character === "") throw new LexFailure("unexpected end of input inside braces");
  if (ALPHA.test(character)) return emit(state, "identifier", wordEnd(state, /\w/));
  if ("\"'`".includes(character)) return emitString(state);
  const pair = state.input.slice(state.at, state.at + 2);
  const kind = MATCH_OPERATORS[pair];
  if (kind !== undefined) return emit(state, kind, state.at + 2);
  if (character === "!") {
    throw new LexFailure(
      `unexpected character after '!' inside braces: ${quoteRune(runeAt(state, state.at + 1))}`,
    );
  }
  if (character === "{") throw new LexFailure("unexpected left brace '{'");
  if (character === "}") state.braceOpen = false;
  else if (character !== "," && character !== "=") {
    throw new LexFailure(`unexpected character inside braces: ${quoteRune(character)}`);
  }
  emit(state, "punctuation", state.at + 1);
}

// --- inside [ ] -------------------------------------------------------------------------------

function lexColon(state: LexState): void {
  if (!state.gotDuration || state.gotColon) {
    state.at++;
    const problem = state.gotDuration ? "repeated colon" : "colon before duration";
    throw new LexFailure(`unexpected ${problem} in duration expression`);
  }
  emit(state, "punctuation", state.at + 1);
  state.gotColon = true;
}

function lexInBrackets(state: LexState): void {
  const character = runeAt(state, state.at);
  if (character === "") throw new LexFailure("unexpected end of input in duration expression");
  if (startsNumber(state)) {
    state.gotDuration = true;
    return emitNumber(state);
  }
  if (character === ":") return lexColon(state);
  if (character === "]") {
    state.bracketOpen = false;
    return emit(state, "punctuation", state.at + 1);
  }
  if (character === "(" || character === ")") return lexParen(state, character);
  if (character === ",") return emit(state, "punctuation", state.at + 1);
  if ("+-*/%^".includes(character)) return emit(state, "operator", state.at + 1);
  const end = wordEnd(state, /\w/);
  if (DURATION_WORDS.has(state.input.slice(state.at, end).toLowerCase())) {
    state.gotDuration = true;
    return emit(state, "preprocessor", end);
  }
  throw new LexFailure(`unexpected character in duration expression: ${quoteRune(character)}`);
}

// --- outside ----------------------------------------------------------------------------------

function lexParen(state: LexState, character: string): void {
  state.parens += character === "(" ? 1 : -1;
  if (state.parens < 0) {
    state.at++;
    throw new LexFailure("unexpected right parenthesis ')'");
  }
  emit(state, "punctuation", state.at + 1);
}

const PAIRS = new Set(["==", "!=", "<=", ">=", "</", ">/"]);

function lexSymbol(state: LexState, character: string): void {
  const pair = state.input.slice(state.at, state.at + 2);
  if (PAIRS.has(pair)) return emit(state, "operator", state.at + 2);
  if (character === "=") {
    if (pair === "=~") throw new LexFailure("unexpected character after '=': '~'");
    return emit(state, "punctuation", state.at + 1);
  }
  if (character === "!") {
    throw new LexFailure(`unexpected character after '!': ${quoteRune(runeAt(state, state.at + 1))}`);
  }
  if ("+-*/%^<>@".includes(character)) return emit(state, "operator", state.at + 1);
  if (character === ",") return emit(state, "punctuation", state.at + 1);
  throw new LexFailure(`unexpected character: ${quoteRune(character)}`);
}

function lexBracket(state: LexState, character: string): void {
  if (character === "]") throw new LexFailure("unexpected right bracket ']'");
  state.bracketOpen = character === "[";
  state.braceOpen = character === "{";
  state.gotColon = false;
  state.gotDuration = false;
  emit(state, "punctuation", state.at + 1);
}

function lexOutside(state: LexState): void {
  const character = runeAt(state, state.at);
  if (startsNumber(state)) return emitNumber(state);
  if (ALPHA.test(character) || character === ":") {
    const end = wordEnd(state, /[\w:]/);
    return emit(state, kindOfWord(state.input.slice(state.at, end)), end);
  }
  if ("\"'`".includes(character)) return emitString(state);
  if (character === "(" || character === ")") return lexParen(state, character);
  if (character === "{" || character === "[" || character === "]") return lexBracket(state, character);
  lexSymbol(state, character);
}

// --- the loop ---------------------------------------------------------------------------------

function skipSpaceAndComments(state: LexState): void {
  for (;;) {
    const character = state.input[state.at] ?? "";
    if (character !== "" && SPACE.test(character)) state.at++;
    else if (character === "#" && !state.bracketOpen) {
      while (state.at < state.input.length && !/[\r\n]/.test(state.input[state.at] ?? "")) state.at++;
    } else return;
  }
}

function lexNext(state: LexState): boolean {
  skipSpaceAndComments(state);
  if (state.braceOpen) lexInBraces(state);
  else if (state.bracketOpen) lexInBrackets(state);
  else if (state.at < state.input.length) lexOutside(state);
  else {
    if (state.parens > 0) throw new LexFailure("unclosed left parenthesis");
    emit(state, "end", state.at);
    return false;
  }
  return true;
}

/** Cuts a query into tokens. A lexical error becomes the last token, of kind "error". */
export function lex(input: string): Token[] {
  const state: LexState = {
    input,
    tokens: [],
    at: 0,
    parens: 0,
    braceOpen: false,
    bracketOpen: false,
    gotColon: false,
    gotDuration: false,
  };
  try {
    while (lexNext(state));
  } catch (error) {
    if (!(error instanceof LexFailure)) throw error;
    const { message } = error;
    state.tokens.push({
      kind: "error",
      text: message,
      word: "error",
      start: state.at,
      end: input.length,
    });
  }
  return state.tokens;
}
