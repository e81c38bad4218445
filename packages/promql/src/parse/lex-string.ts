import { quote } from "../text/go-text.ts";

/** Where a string literal ends, or what is wrong with it. */
export type StringEnd = { readonly end: number } | { readonly error: string };

const ESCAPE_LENGTHS: Readonly<Record<string, readonly [digits: number, base: number]>> = {
  x: [2, 16],
  u: [4, 16],
  U: [8, 16],
};

function describeRune(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return `U+${point.toString(16).toUpperCase().padStart(4, "0")} ${quote(character).replaceAll('"', "'")}`;
}

/** Checks the escape whose backslash stands before `at`; answers the offset after it. */
function scanEscape(input: string, at: number, mark: string): StringEnd {
  const character = String.fromCodePoint(input.codePointAt(at) ?? 0);
  if (at >= input.length) return { error: "escape sequence not terminated" };
  if ("abfnrtv\\".includes(character) || character === mark) return { end: at + 1 };
  const octal = character >= "0" && character <= "7";
  const shape = octal ? ([3, 8] as const) : ESCAPE_LENGTHS[character];
  if (shape === undefined) return { error: `unknown escape sequence ${describeRune(character)}` };
  const [digits, base] = shape;
  const from = octal ? at : at + 1;
  for (let i = from; i < from + digits; i++) {
    if (i >= input.length) return { error: "escape sequence not terminated" };
    const digit = Number.parseInt(input[i] ?? "", 16);
    if (Number.isNaN(digit) || digit >= base) {
      const rune = String.fromCodePoint(input.codePointAt(i) ?? 0);
      return { error: `illegal character ${describeRune(rune)} in escape sequence` };
    }
  }
  const isText = character === "u" || character === "U";
  const point = Number.parseInt(input.slice(from, from + digits), base);
  if (point > (isText ? 0x10ffff : 255) || (point >= 0xd800 && point < 0xe000)) {
    return { error: "escape sequence is an invalid Unicode code point" };
  }
  return { end: from + digits };
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
