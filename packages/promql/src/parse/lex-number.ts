const HEX = /^0[xX]_?[\da-fA-F]+(?:_[\da-fA-F]+)*/;
const DECIMAL = /^(?:\d+(?:_\d+)*)?(?:\.(?:\d+(?:_\d+)*)?)?(?:[eE][+-]?\d+(?:_\d+)*)?/;
const DURATION = /^\d+(?:ms|mS|[smhdwy]s?)(?:\d+[smhdw]s?)*/;
const WORD_CHARACTER = /[\w]/;
const BROKEN = /^[\w.]+/;

export type NumberEnd =
  | { readonly kind: "number" | "duration"; readonly end: number }
  | { readonly error: string; readonly end: number };

function endsThere(input: string, end: number): boolean {
  const next = input[end];
  return next === undefined || !WORD_CHARACTER.test(next);
}

/** How much of a broken literal the message quotes: up to the character that made it wrong. */
function quoteBroken(rest: string): string {
  const duration = DURATION.exec(rest)?.[0] ?? "";
  const whole = BROKEN.exec(rest)?.[0] ?? rest.slice(0, 1);
  if (duration !== "") return whole.slice(0, Math.min(whole.length, brokenLength(whole, duration)));
  const number = HEX.exec(rest)?.[0] ?? DECIMAL.exec(rest)?.[0] ?? "";
  return whole.slice(0, Math.max(number.length + 1, 1));
}

function brokenLength(whole: string, duration: string): number {
  const digits = /^\d+/.exec(whole.slice(duration.length))?.[0].length ?? 0;
  return duration.length + (digits > 0 ? digits : 1);
}

/** Scans a number or a duration that starts at `start` (a digit, or a dot before a digit). */
export function scanNumber(input: string, start: number): NumberEnd {
  const rest = input.slice(start);
  const number = HEX.exec(rest)?.[0] ?? DECIMAL.exec(rest)?.[0] ?? "";
  const afterNumber = start + number.length;
  if (number !== "" && endsThere(input, afterNumber) && input[afterNumber] !== ".") {
    return { kind: "number", end: afterNumber };
  }
  const duration = DURATION.exec(rest)?.[0] ?? "";
  if (duration !== "" && endsThere(input, start + duration.length)) {
    return { kind: "duration", end: start + duration.length };
  }
  const broken = quoteBroken(rest);
  return {
    error: `bad number or duration syntax: "${broken}"`,
    end: start + broken.length,
  };
}
