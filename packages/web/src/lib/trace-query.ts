import { formatDuration } from "./format.ts";
import type { FilterName, Filters } from "./view.ts";

/** One filter as the query bar shows it: `field` `separator` `value`. */
export interface Chip {
  name: FilterName;
  field: string;
  separator: ":" | ">" | "<";
  value: string;
}

interface Field {
  name: FilterName;
  word: string;
  hint: string;
}

/** Fields that take a value after a colon, in the order in which they are suggested. */
export const QUERY_FIELDS: readonly Field[] = [
  { name: "service", word: "service", hint: "the service the trace began in" },
  { name: "endpoint", word: "endpoint", hint: "route or job" },
  { name: "model", word: "model", hint: "a model any of its calls used" },
  { name: "provider", word: "provider", hint: "openai, anthropic …" },
  { name: "status", word: "status", hint: "ok or error" },
  { name: "errorType", word: "error", hint: "type of the error" },
  { name: "user", word: "user", hint: "user id" },
  { name: "session", word: "session", hint: "session id" },
  { name: "prompt", word: "prompt", hint: "name of the prompt" },
  { name: "operation", word: "operation", hint: "chat, embeddings, execute_tool …" },
  { name: "environment", word: "environment", hint: "production, staging …" },
];

/** Comparisons, with the way they begin. */
export const QUERY_COMPARISONS: readonly { start: string; hint: string }[] = [
  { start: "duration>", hint: "longer than, such as 2s or 500ms" },
  { start: "duration<", hint: "shorter than" },
  { start: "cost>", hint: "dearer than, in US dollars" },
];

const aliases: Record<string, FilterName> = {
  env: "environment",
  errortype: "errorType",
  "error.type": "errorType",
};

function filterNameOf(word: string): FilterName | null {
  const lower = word.toLowerCase();
  return QUERY_FIELDS.find((field) => field.word === lower)?.name ?? aliases[lower] ?? null;
}

/** Splits at spaces, keeping what stands in double quotes together. */
function splitWords(text: string): string[] {
  return text.match(/(?:[^\s"]+|"[^"]*"?)+/g) ?? [];
}

function unquote(text: string): string {
  return text.replaceAll('"', "");
}

/** Milliseconds of `2s`, `1.5s`, `500ms`, `1min30s`, or of a bare number (milliseconds); null otherwise. */
export function parseDurationMs(text: string): number | null {
  const whole = text.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(whole)) return Number(whole);
  if (!/^(\d+(\.\d+)?(ms|s|min|m|h))+$/.test(whole)) return null;
  const factors: Record<string, number> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };
  return [...whole.matchAll(/(\d+(?:\.\d+)?)(ms|s|min|m|h)/g)].reduce(
    (sum, [, amount, unit = "ms"]) => sum + Number(amount) * (factors[unit] ?? 1),
    0,
  );
}

/** The filter that one typed word stands for; null when the word is text to search for. */
export function parseWord(word: string): Filters | null {
  const comparison = /^(duration|latency|cost)([<>])=?\$?(.+)$/i.exec(word);
  if (comparison !== null) return parseComparison(comparison);
  const colon = word.indexOf(":");
  if (colon < 1) return null;
  const name = filterNameOf(word.slice(0, colon));
  const value = unquote(word.slice(colon + 1)).trim();
  if (name === null || value === "") return null;
  if (name === "status" && value !== "ok" && value !== "error") return null;
  return { [name]: value };
}

function parseComparison([, field = "", sign, amount = ""]: RegExpExecArray): Filters | null {
  if (field.toLowerCase() === "cost") {
    const costUsd = Number(amount);
    return sign === ">" && Number.isFinite(costUsd) ? { minCostUsd: String(costUsd) } : null;
  }
  const durationMs = parseDurationMs(amount);
  if (durationMs === null) return null;
  return sign === ">" ? { minDurationMs: String(durationMs) } : { maxDurationMs: String(durationMs) };
}

/** Turns what was typed into filters; words that are no filter become the text searched for. */
export function parseQuery(text: string): Filters {
  const filters: Filters = {};
  const words: string[] = [];
  for (const word of splitWords(text)) {
    const filter = parseWord(word);
    if (filter === null) words.push(unquote(word));
    else Object.assign(filters, filter);
  }
  const q = words.join(" ").trim();
  return q === "" ? filters : { ...filters, q };
}

function chipOf(name: FilterName, value: string): Chip {
  switch (name) {
    case "minDurationMs":
      return { name, field: "duration", separator: ">", value: shortDuration(value) };
    case "maxDurationMs":
      return { name, field: "duration", separator: "<", value: shortDuration(value) };
    case "minCostUsd":
      return { name, field: "cost", separator: ">", value: `$${value}` };
    case "q":
      return { name, field: "text", separator: ":", value };
    default: {
      const field = QUERY_FIELDS.find((candidate) => candidate.name === name)?.word ?? name;
      return { name, field, separator: ":", value };
    }
  }
}

function shortDuration(durationMs: string): string {
  return formatDuration(Number(durationMs))
    .replace(/(\.\d*?)0+ s$/, "$1 s")
    .replace(". s", " s")
    .replaceAll(" ", "");
}

/** The chips of the given filters, in the order in which the filters stand. */
export function listChips(filters: Filters): Chip[] {
  return Object.entries(filters).map(([name, value]) => chipOf(name as FilterName, value));
}

/** The text that typed again gives the chip's filter: what the bar holds when a chip is edited. */
export function writeChip(chip: Chip): string {
  if (chip.name === "q") return chip.value;
  const value = /\s/.test(chip.value) ? `"${chip.value}"` : chip.value;
  return `${chip.field}${chip.separator}${value.replace("$", "")}`;
}
