const SIMPLE: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};
const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|([^]))/g;

/** Reads a quoted Go string, raw string or character; null when an escape is broken. */
export function unquote(literal: string): string | null {
  const body = literal.slice(1, -1);
  if (literal.startsWith("`")) return body;
  let isBroken = false;
  const text = body.replace(ESCAPE, (...groups: string[]) => {
    const [, hex, short, long, octal, simple = ""] = groups;
    const digits = hex ?? short ?? long;
    if (digits !== undefined) return fromPoint(Number.parseInt(digits, 16));
    if (octal !== undefined) return fromPoint(Number.parseInt(octal, 8));
    const found = SIMPLE[simple];
    isBroken ||= found === undefined;
    return found ?? "";
  });
  return isBroken ? null : text;
}

function fromPoint(point: number): string {
  return point > 0x10ffff ? "\ufffd" : String.fromCodePoint(point);
}
