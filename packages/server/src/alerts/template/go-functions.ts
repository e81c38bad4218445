import { TemplateExpandError } from "./errors.ts";
import { printValue } from "./print-value.ts";
import { printf } from "./printf.ts";
import { isTrue, typeName, type Value } from "./value.ts";

/** A function templates may call. Throws to end the expansion with an error. */
export type TemplateFunction = (...values: Value[]) => Value;

function fail(message: string): never {
  throw new TemplateExpandError(message);
}

type Basic = string | number | bigint | boolean;

/** Only strings, numbers and booleans compare, each with its own kind. */
function checkComparable(left: Value, right: Value): asserts left is Basic {
  if (typeof left === "object" || left === undefined) fail("invalid type for comparison");
  if (typeof left !== typeof right) fail("incompatible types for comparison");
}

function equals(left: Value, right: Value): boolean {
  if (left === null || right === null) return left === right;
  checkComparable(left, right);
  return left === right;
}

function isLess(left: Value, right: Value): boolean {
  checkComparable(left, right);
  if (typeof left === "boolean") fail("invalid type for comparison");
  return left < (right as typeof left); // the same kind: checked
}

/** True when the first equals one of the others. */
function equalsAny(first: Value, ...others: Value[]): boolean {
  if (others.length === 0) fail("missing argument for comparison");
  return others.some((other) => equals(first, other));
}

/** Go's Sprint: a space between neighbours of which none is a string. */
function print(...values: Value[]): string {
  return values.reduce<string>((out, value, index) => {
    const isSpaced = index > 0 && typeof value !== "string" && typeof values[index - 1] !== "string";
    return out + (isSpaced ? " " : "") + printValue(value);
  }, "");
}

function lengthOf(value: Value): bigint {
  if (typeof value === "string") return BigInt(Buffer.byteLength(value));
  if (typeof value === "object" && value?.kind === "map") return BigInt(value.entries.size);
  if (typeof value === "object" && value?.kind === "list") return BigInt(value.items.length);
  return fail(`len of type ${typeName(value)}`);
}

function toIndex(key: Value, length: number): number {
  if (typeof key !== "bigint") fail(`cannot index slice/array with type ${typeName(key)}`);
  const index = Number(key);
  return index < 0 || index >= length ? fail(`index out of range: ${key}`) : index;
}

function indexOne(value: Value, key: Value): Value {
  if (typeof value === "string") return BigInt(Buffer.from(value)[toIndex(key, value.length)] ?? 0);
  if (typeof value === "object" && value?.kind === "list") {
    return value.items[toIndex(key, value.items.length)];
  }
  if (typeof value !== "object" || value?.kind !== "map") {
    return fail(`can't index item of type ${typeName(value)}`);
  }
  if (typeof key !== "string") fail(`value has type ${typeName(key)}; should be string`);
  return value.entries.get(key) ?? value.zero;
}

function sliceOf(value: Value, from?: Value, to?: Value): Value {
  const [start, end] = [from, to].map((at) => (at === undefined ? undefined : Number(at)));
  if (typeof value === "string") return value.slice(start, end);
  if (typeof value === "object" && value?.kind === "list") {
    return { kind: "list", items: value.items.slice(start, end) };
  }
  return fail(`can't slice item of type ${typeName(value)}`);
}

const HTML: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
};

function escapeHtml(...values: Value[]): string {
  return print(...values).replace(/[&<>"']/g, (character) => HTML[character] ?? character);
}

function escapeScript(...values: Value[]): string {
  const text = JSON.stringify(print(...values)).slice(1, -1);
  return text.replace(/['<>&=]/g, (character) => {
    if (character === "'") return "\\'";
    const point = character.codePointAt(0) ?? 0;
    return `\\u00${point.toString(16).toUpperCase().padStart(2, "0")}`;
  });
}

/** Go's url.QueryEscape. */
export function escapeQuery(text: string): string {
  return encodeURIComponent(text)
    .replaceAll("%20", "+")
    .replace(/[!'()*]/g, (character) => `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}`);
}

/** What every Go template can call. `and` and `or` are also told apart by the executor, which stops early. */
export const GO_FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  and: (...values) => values.find((value) => !isTrue(value)) ?? values.at(-1),
  or: (...values) => values.find((value) => isTrue(value)) ?? values.at(-1),
  not: (value) => !isTrue(value),
  eq: equalsAny,
  ne: (left, right) => !equals(left, right),
  lt: (left, right) => isLess(left, right),
  le: (left, right) => isLess(left, right) || equals(left, right),
  // Go defines these by the other two, so that both hold for NaN.
  gt: (left, right) => !isLess(left, right) && !equals(left, right),
  ge: (left, right) => !isLess(left, right),
  print,
  println: (...values) => `${values.map(printValue).join(" ")}\n`,
  printf: (format, ...values) =>
    typeof format === "string" ? printf(format, values) : fail("wrong type for value; expected string"),
  len: lengthOf,
  index: (value, ...keys) => keys.reduce(indexOne, value),
  slice: (value, from, to) => sliceOf(value, from, to),
  html: escapeHtml,
  js: escapeScript,
  urlquery: (...values) => escapeQuery(print(...values)),
};
