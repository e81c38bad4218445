import { formatExponent, formatFixed, formatGeneral } from "./number-format.ts";
import { printValue } from "./print-value.ts";
import { typeName, type Value } from "./value.ts";

interface Directive {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly verb: string;
}

const DIRECTIVE = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?([^]|$)/gu;
/** Wider output than this is no message any more. */
const MAX_WIDTH = 10_000;

function badVerb({ verb }: Directive, value: Value): string {
  if (value === null || value === undefined) return `%!${verb}(<nil>)`;
  return `%!${verb}(${typeName(value)}=${printValue(value)})`;
}

function withSign(text: string, flags: string): string {
  if (/^[-+]/.test(text)) return text;
  if (flags.includes("+")) return `+${text}`;
  return flags.includes(" ") ? ` ${text}` : text;
}

function formatFloat(value: number, directive: Directive): string {
  const { verb, precision, flags } = directive;
  switch (verb) {
    case "v":
    case "g":
      return withSign(formatGeneral(value, precision), flags);
    case "G":
      return withSign(formatGeneral(value, precision).toUpperCase(), flags);
    case "f":
    case "F":
      return withSign(formatFixed(value, precision ?? 6), flags);
    case "e":
      return withSign(formatExponent(value, precision ?? 6), flags);
    case "E":
      return withSign(formatExponent(value, precision ?? 6).toUpperCase(), flags);
    default:
      return badVerb(directive, value);
  }
}

const RADIX: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, x: 16, X: 16 };

function formatInteger(value: bigint, directive: Directive): string {
  const { verb, flags } = directive;
  const radix = RADIX[verb];
  if (radix !== undefined) {
    const text = value.toString(radix);
    return withSign(verb === "X" ? text.toUpperCase() : text, flags);
  }
  if (verb === "c") return String.fromCodePoint(Number(value));
  if (verb === "q") return `'${String.fromCodePoint(Number(value))}'`;
  if (verb === "U") return `U+${value.toString(16).toUpperCase().padStart(4, "0")}`;
  return badVerb(directive, value);
}

function toHex(text: string): string {
  return Buffer.from(text, "utf8").toString("hex");
}

function formatText(value: string, directive: Directive): string {
  const { verb, precision } = directive;
  const text = precision === undefined ? value : Array.from(value).slice(0, precision).join("");
  switch (verb) {
    case "v":
    case "s":
      return text;
    case "q":
      return JSON.stringify(text);
    case "x":
      return toHex(text);
    case "X":
      return toHex(text).toUpperCase();
    default:
      return badVerb(directive, value);
  }
}

function formatOne(value: Value, directive: Directive): string {
  const { verb } = directive;
  if (verb === "T") return typeName(value);
  if (typeof value === "number") return formatFloat(value, directive);
  if (typeof value === "bigint") return formatInteger(value, directive);
  if (typeof value === "string") return formatText(value, directive);
  if (typeof value === "boolean") return "vt".includes(verb) ? String(value) : badVerb(directive, value);
  if (value === null || value === undefined) return verb === "v" ? "<nil>" : `%!${verb}(<nil>)`;
  return "vs".includes(verb) ? printValue(value) : badVerb(directive, value);
}

function padText(text: string, { flags, width }: Directive, isNumber: boolean): string {
  const missing = width - Array.from(text).length;
  if (missing <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(missing);
  if (!flags.includes("0") || !isNumber) return " ".repeat(missing) + text;
  const sign = /^[-+ ]/.exec(text)?.[0] ?? "";
  return sign + "0".repeat(missing) + text.slice(sign.length);
}

/** Go's `fmt.Sprintf` for template values, mistakes included (`%!d(string=x)`, `%!f(MISSING)`). */
export function printf(format: string, values: readonly Value[]): string {
  let used = 0;
  const takeNumber = (text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    return text === "*" ? Number(values[used++] ?? 0) : Number(text);
  };
  const out = format.replace(DIRECTIVE, (...groups: (string | undefined)[]) => {
    const [, flags = "", widthText, precisionText, verb = ""] = groups;
    const width = Math.min(takeNumber(widthText) ?? 0, MAX_WIDTH);
    const precision = takeNumber(precisionText);
    if (verb === "%") return "%";
    if (verb === "") return "%!(NOVERB)";
    if (used >= values.length) return `%!${verb}(MISSING)`;
    const value = values[used++];
    const directive = { flags, width, precision, verb };
    const isNumber = typeof value === "number" || typeof value === "bigint";
    return padText(formatOne(value, directive), directive, isNumber);
  });
  if (used >= values.length) return out;
  const extra = values.slice(used).map((value) => `${typeName(value)}=${printValue(value)}`);
  return `${out}%!(EXTRA ${extra.join(", ")})`;
}
