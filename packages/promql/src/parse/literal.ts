import type { NumberLiteral } from "../ast.ts";
import { parseDurationMs } from "../text/duration-text.ts";
import { quote, unquote } from "../text/go-text.ts";
import { parseNumber } from "../text/number-text.ts";
import { fail, peek, take, type Cursor } from "./cursor.ts";
import type { Token } from "./token.ts";

/** Reads the text of a string token. */
export function textOf(cursor: Cursor, token: Token): string {
  try {
    return unquote(token.text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail(cursor, token, `error unquoting string ${token.text}: ${reason}`);
  }
}

export function isNumberToken(token: Token): boolean {
  return token.kind === "number" || token.kind === "duration";
}

/** Reads a number or a duration (in seconds). */
export function parseNumberLiteral(cursor: Cursor): NumberLiteral {
  const token = take(cursor);
  const position = { start: token.start, end: token.end };
  if (token.kind === "duration") {
    const durationMs = parseDurationMs(token.text);
    if (typeof durationMs === "object") return fail(cursor, position, durationMs.error);
    return { kind: "number", value: durationMs / 1000, isDuration: true, position };
  }
  const value = parseNumber(token.text);
  const overflows = value === Infinity && token.word !== "inf";
  if (value === null || overflows) {
    const problem = overflows ? "value out of range" : "invalid syntax";
    const reason = `strconv.ParseFloat: parsing ${quote(token.text)}: ${problem}`;
    return fail(cursor, position, `error parsing number: ${reason}`);
  }
  return { kind: "number", value, isDuration: false, position };
}

/** Reads a number with an optional sign, or null when the next token does not start one. */
export function parseSignedNumber(cursor: Cursor): number | null {
  const token = peek(cursor);
  const signed = token.kind === "operator" && (token.word === "-" || token.word === "+");
  if (!isNumberToken(signed ? peek(cursor, 1) : token)) return null;
  if (signed) take(cursor);
  const { value } = parseNumberLiteral(cursor);
  return signed && token.word === "-" ? -value : value;
}
