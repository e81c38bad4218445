import { quote } from "../text/go-text.ts";

/** Where a string literal ends, or what is wrong with it. */
export type StringEnd = { readonly end: number } | { readonly error: string };

const ESCAPE_LENGTHS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function describeRune(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return `U+${point.toString(16).toUpperCase().padStart(4, "0")} ${quote(character).replaceAll('"', "'")}`;
}

interface EscapeShape {
  /** Where the digits start, how many there are, and in which base. */
  readonly from: number;
  readonly digits: number;
  readonly base: number;
  readonly maximum: number;
}

function shapeOfEscape(character: string, at: number): EscapeShape | null {
  if (character >= "0" && character <= "7") return { from: at, digits: 3, base: 8, maximum: 255 };
  const length = ESCAPE_LENGTHS[character];
  if (length === undefined) return null;
  const maximum = character === "x" ? 255 : 0x10ffff;
  return { from: at + 1, digits: length, base: 16, maximum };
}

function runeAt(input: string, at: number): string {
  return String.fromCodePoint(input.codePointAt(at) ?? 0);
}

/** Finds a character that is no digit of the escape. */
function findWrongDigit(input: string, { from, digits, base }: EscapeShape): string | null {
  for (let i = from; i < from + digits; i++) {
    if (i >= input.length) return "escape sequence not terminated";
    const digit = Number.parseInt(input[i] ?? "", 16);
    if (Number.isNaN(digit) || digit >= base) {
      return `illegal character ${describeRune(runeAt(input, i))} in escape sequence`;
    }
  }
  return null;
}

/** Checks the escape whose backslash stands before `at`; answers the offset after it. */
function scanEscape(input: string, at: number, mark: string): StringEnd {
  if (at >= input.length) return { error: "escape sequence not terminated" };
  const character = runeAt(input, at);
  if ("abfnrtv\\".includes(character) || character === mark) return { end: at + 1 };
  const shape = shapeOfEscape(character, at);
  if (shape === null) return { error: `unknown escape sequence ${describeRune(character)}` };
  const wrong = findWrongDigit(input, shape);
  if (wrong !== null) return { error: wrong };
  const end = shape.from + shape.digits;
  const point = Number.parseInt(input.slice(shape.from, end), shape.base);
  if (point > shape.maximum || (point >= 0xd800 && point < 0xe000)) {
    return { error: "escape sequence is an invalid Unicode code point" };
  }
  return { end };
}

/** Scans the literal whose opening quote is at `start`. */
export function scanString(input: string, start: number): StringEnd {
  const mark = input[start] ?? "";
  if (mark === "`") {
    const end = input.indexOf("`", start + 1);
    return end < 0 ? { error: "unterminated raw string" } : { end: end + 1 };
  }
  let at = start + 1;
  for (;;) {
    const character = input[at];
    if (character === undefined || character === "\n") return { error: "unterminated quoted string" };
    if (character === mark) return { end: at + 1 };
    if (character !== "\\") {
      at++;
      continue;
    }
    const escape = scanEscape(input, at + 1, mark);
    if ("error" in escape) return escape;
    at = escape.end;
  }
}
