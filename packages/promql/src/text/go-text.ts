// Text as Go writes and reads it: quoting (%q), unquoting, byte order of strings.
// A byte that is not UTF-8 (from "\xff") is kept as the lone surrogate U+DC00 + byte.

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};
const NOT_PRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]|[^\S ]/u;

function quoteCharacter(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  const point = character.codePointAt(0) ?? 0;
  if (point >= 0xdc80 && point <= 0xdcff) return `\\x${(point - 0xdc00).toString(16)}`;
  if (point < 0x20 || point === 0x7f) return `\\x${point.toString(16).padStart(2, "0")}`;
  if (point < 0x7f || !NOT_PRINTABLE.test(character)) return character;
  if (point > 0xffff) return `\\U${point.toString(16).padStart(8, "0")}`;
  return `\\u${point.toString(16).padStart(4, "0")}`;
}

/** Writes a string as Go's `%q`. */
export function quote(text: string): string {
  let out = '"';
  for (const character of text) out += quoteCharacter(character);
  return `${out}"`;
}

/** True when the text holds no byte outside UTF-8. */
export function isValidUtf8(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

const CONTROL_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 92,
  "'": 39,
  '"': 34,
};
const DIGITS_OF_ESCAPE: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** Turns bytes into text; bytes that are not UTF-8 become lone surrogates. */
function decodeBytes(bytes: readonly number[]): string {
  return decodeStrictly(bytes) ?? decodeBroken(bytes);
}

function decodeStrictly(bytes: readonly number[]): string | null {
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return decoder.decode(Uint8Array.from(bytes));
  } catch {
    return null;
  }
}

function decodeBroken(bytes: readonly number[]): string {
  let out = "";
  let at = 0;
  while (at < bytes.length) {
    const rune = decodeRune(bytes, at);
    out += rune ?? String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
    at += rune === null ? 1 : new TextEncoder().encode(rune).length;
  }
  return out;
}

function decodeRune(bytes: readonly number[], at: number): string | null {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    const rune = decodeStrictly(bytes.slice(at, at + length));
    if (rune !== null) return rune;
  }
  return null;
}

/** Reads one escape at `at` (just after the backslash): its bytes and its length. */
function readEscape(body: string, at: number): { bytes: number[]; length: number } {
  const character = body[at] ?? "";
  const simple = CONTROL_ESCAPES[character];
  if (simple !== undefined) return { bytes: [simple], length: 1 };
  if (character >= "0" && character <= "7") {
    return { bytes: [Number.parseInt(body.slice(at, at + 3), 8)], length: 3 };
  }
  const digits = DIGITS_OF_ESCAPE[character];
  if (digits === undefined) throw new SyntaxError("invalid syntax");
  const point = Number.parseInt(body.slice(at + 1, at + 1 + digits), 16);
  const bytes = character === "x" ? [point] : [...new TextEncoder().encode(String.fromCodePoint(point))];
  return { bytes, length: digits + 1 };
}

/**
 * Reads a Go-like string literal with its quotes: `"…"` and `'…'` with escapes, `` `…` `` without.
 * Throws `SyntaxError` when an escape is broken.
 */
export function unquote(literal: string): string {
  const mark = literal[0] ?? "";
  if (literal.length < 2 || !"\"'`".includes(mark) || literal.at(-1) !== mark) {
    throw new SyntaxError("invalid syntax");
  }
  const body = literal.slice(1, -1);
  if (mark === "`" || !body.includes("\\")) return body;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  let at = 0;
  while (at < body.length) {
    const next = body.indexOf("\\", at);
    if (next !== at) {
      const end = next < 0 ? body.length : next;
      for (const byte of encoder.encode(body.slice(at, end))) bytes.push(byte);
      at = end;
      continue;
    }
    const escape = readEscape(body, at + 1);
    bytes.push(...escape.bytes);
    at += 1 + escape.length;
  }
  return decodeBytes(bytes);
}

/** Orders two strings by their UTF-8 bytes, as Go does: -1, 0 or 1. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a === b) continue;
    // Surrogates (code points above U+FFFF) sort after U+E000…U+FFFF in UTF-8.
    if (a >= 0xd800 && b >= 0xd800) {
      const aHigh = a <= 0xdfff;
      const bHigh = b <= 0xdfff;
      if (aHigh !== bHigh) return aHigh ? 1 : -1;
    }
    return a < b ? -1 : 1;
  }
  return left.length < right.length ? -1 : 1;
}
