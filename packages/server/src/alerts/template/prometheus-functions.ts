import { parseDurationMs, parseNumber } from "@spanlight/promql";
import { isIP } from "node:net";
import { RE2JS } from "re2js";
import { QueryNeededError, TemplateExpandError } from "./errors.ts";
import { escapeQuery, type TemplateFunction } from "./go-functions.ts";
import { humanize, humanize1024, humanizeDuration, humanizePercentage } from "./humanize.ts";
import { formatGeneral } from "./number-format.ts";
import { printValue } from "./print-value.ts";
import { formatGoTime } from "./time-format.ts";
import { toSampleValue, typeName, type List, type QuerySample, type Struct, type Value } from "./value.ts";

/** What the functions know of the evaluation. */
export interface FunctionContext {
  readonly timeMs: number;
  readonly externalUrl: string;
  /** Answers of queries by expression; a missing one throws `QueryNeededError`. */
  readonly answers: ReadonlyMap<string, readonly QuerySample[]>;
}

function fail(message: string): never {
  throw new TemplateExpandError(message);
}

function text(value: Value): string {
  if (typeof value === "string") return value;
  return fail(`wrong type for value; expected string; got ${typeName(value)}`);
}

function toFloat(value: Value): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string")
    return parseNumber(value) ?? fail(`strconv.ParseFloat: parsing "${value}": invalid syntax`);
  if (typeof value === "object" && value?.kind === "duration") return value.seconds;
  return fail(`can't convert ${typeName(value)} to float`);
}

function isStruct(value: Value): value is Struct {
  return typeof value === "object" && value?.kind === "struct";
}

function toList(value: Value): List {
  if (typeof value === "object" && value?.kind === "list") return value;
  return fail(`wrong type for value; expected template.queryResult; got ${typeName(value)}`);
}

function labelOf(name: Value, sample: Value): string {
  const labels = isStruct(sample) ? sample.fields["Labels"] : undefined;
  if (typeof labels !== "object" || labels?.kind !== "map") return fail("label wants a sample");
  const value = labels.entries.get(text(name));
  return typeof value === "string" ? value : "";
}

function valueOf(sample: Value): Value {
  return isStruct(sample) ? sample.fields["Value"] : fail("value wants a sample");
}

function first(value: Value): Value {
  const { items } = toList(value);
  return items.length > 0 ? items[0] : fail("first() called on vector with no elements");
}

function sortByLabel(name: Value, value: Value): List {
  const items = toList(value).items.toSorted((left, right) => {
    const [a, b] = [labelOf(name, left), labelOf(name, right)];
    return a < b ? -1 : Number(a > b);
  });
  return { kind: "list", items };
}

function compilePattern(pattern: Value): RE2JS {
  try {
    return RE2JS.compile(text(pattern));
  } catch (error) {
    throw new TemplateExpandError(`cannot compile the pattern ${JSON.stringify(pattern)}: ${String(error)}`, {
      cause: error,
    });
  }
}

const REFERENCE = /\$(?:\$|\{(\w+)\}|(\w+))/g;

/** Go's ReplaceAllString: `$1`, `${1}`, `${name}`, `$$`; an unknown group is empty. */
function replaceAll(pattern: Value, replacement: Value, value: Value): string {
  const source = text(value);
  const matcher = compilePattern(pattern).matcher(source);
  let out = "";
  let at = 0;
  while (matcher.find()) {
    out += source.slice(at, matcher.start());
    out += text(replacement).replace(REFERENCE, (whole: string, braced?: string, bare?: string) => {
      if (whole === "$$") return "$";
      return readGroup(matcher, braced ?? bare ?? "");
    });
    at = matcher.end();
  }
  return out + source.slice(at);
}

function readGroup(matcher: ReturnType<RE2JS["matcher"]>, name: string): string {
  try {
    return (/^\d+$/.test(name) ? matcher.group(Number(name)) : matcher.group(name)) ?? "";
  } catch {
    return ""; // there is no such group
  }
}

function splitPort(host: string): { host: string; port: string } | null {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d*)$/.exec(host);
  return match === null ? null : { host: match[1] ?? match[2] ?? "", port: match[3] ?? "" };
}

function stripDomain(value: Value): string {
  const full = text(value);
  const parts = splitPort(full);
  const host = parts?.host ?? full;
  if (isIP(host) !== 0) return full;
  const [name = ""] = host.split(".");
  return parts === null ? name : `${name}:${parts.port}`;
}

function title(value: Value): string {
  return text(value).replace(/(^|[^\p{L}\p{N}_])(\p{L})/gu, (_, before: string, letter: string) => {
    return before + letter.toUpperCase();
  });
}

/** Go's time holds nanoseconds in 64 bits; beyond it Prometheus refuses. */
const MAX_SECONDS = 9_223_372_036;

function toTimeMs(value: Value): number {
  const seconds = toFloat(value);
  if (!Number.isFinite(seconds) || Math.abs(seconds) > MAX_SECONDS) {
    fail(
      `${formatGeneral(seconds)} cannot be represented as a nanoseconds timestamp since it overflows int64`,
    );
  }
  return seconds * 1000;
}

function humanizeTimestamp(value: Value): string {
  const seconds = toFloat(value);
  return Number.isFinite(seconds) ? formatGoTime(toTimeMs(seconds)) : formatGeneral(seconds, 4);
}

function parseDuration(value: Value): number {
  const durationMs = parseDurationMs(text(value));
  return typeof durationMs === "number" ? durationMs / 1000 : fail(durationMs.error);
}

function query(expression: Value, { answers }: FunctionContext): List {
  const samples = answers.get(text(expression));
  if (samples === undefined) throw new QueryNeededError(text(expression));
  return { kind: "list", items: samples.map(toSampleValue) };
}

function toArguments(values: readonly Value[]): Value {
  const entries = new Map(values.map((value, index) => [`arg${index}`, value]));
  return { kind: "map", entries, zero: undefined };
}

function readPathPrefix(externalUrl: string): string {
  return URL.canParse(externalUrl) ? new URL(externalUrl).pathname.replace(/\/$/, "") : "";
}

const ON_NUMBERS: Readonly<Record<string, TemplateFunction>> = {
  humanize: (value) => humanize(toFloat(value)),
  humanize1024: (value) => humanize1024(toFloat(value)),
  humanizeDuration: (value) => humanizeDuration(toFloat(value)),
  humanizePercentage: (value) => humanizePercentage(toFloat(value)),
  humanizeTimestamp,
  toTime: (value) => ({ kind: "time", ms: toTimeMs(value) }),
  toDuration: (value) => ({ kind: "duration", seconds: toFloat(value) }),
  parseDuration,
};

const ON_TEXT: Readonly<Record<string, TemplateFunction>> = {
  title,
  toUpper: (value) => text(value).toUpperCase(),
  toLower: (value) => text(value).toLowerCase(),
  stripPort: (value) => splitPort(text(value))?.host ?? text(value),
  stripDomain,
  match: (pattern, value) => compilePattern(pattern).matcher(text(value)).find(),
  reReplaceAll: replaceAll,
  graphLink: (expression) => `/graph?g0.expr=${escapeQuery(text(expression))}&g0.tab=0`,
  tableLink: (expression) => `/graph?g0.expr=${escapeQuery(text(expression))}&g0.tab=1`,
  urlQueryEscape: (value) => escapeQuery(text(value)),
  safeHtml: printValue,
};

const ON_SAMPLES: Readonly<Record<string, TemplateFunction>> = {
  first,
  label: labelOf,
  value: valueOf,
  strvalue: (sample) => labelOf("__value__", sample),
  sortByLabel,
};

/** Prometheus' template functions for one evaluation. */
export function createFunctions(context: FunctionContext): Readonly<Record<string, TemplateFunction>> {
  return {
    ...ON_NUMBERS,
    ...ON_TEXT,
    ...ON_SAMPLES,
    query: (expression) => query(expression, context),
    args: (...values) => toArguments(values),
    now: () => context.timeMs / 1000,
    externalURL: () => context.externalUrl,
    pathPrefix: () => readPathPrefix(context.externalUrl),
  };
}
