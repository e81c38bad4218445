import type { ParameterValue, Parameters } from "./engine.ts";
import { QueryFailedError } from "./errors.ts";

const PLACEHOLDER = /\{([a-z_][a-z0-9_]*):[^{}]+\}/gi;

/**
 * Writes the parameters of a statement as the engine's own `param_…` settings.
 *
 * The engine binds `{name:Type}` from them, per session, typed. chDB's `queryBindAsync` does the same through state
 * that is shared by the whole process and therefore runs one query at a time; sessions of our own do not.
 */
export function formatParameterSettings(sql: string, parameters: Parameters): string[] {
  const wanted = new Set([...sql.matchAll(PLACEHOLDER)].map((match) => match[1]));
  for (const name of wanted) {
    if (name !== undefined && !(name in parameters)) {
      throw new QueryFailedError(`no value for the parameter ${name} of a query; pass one`, {});
    }
  }
  return Object.entries(parameters)
    .filter(([name]) => wanted.has(name))
    .map(([name, value]) => `param_${name} = ${quoteText(formatField(value))}`);
}

/** A ClickHouse string literal: quotes and backslashes are escaped, everything else is verbatim. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\0", "\\0")}'`;
}

/** A database, table or column name that needs no quoting; anything else is refused. */
export function checkIdentifier(name: string): string {
  if (!/^[a-z_][a-z0-9_]*$/i.test(name)) {
    throw new QueryFailedError(`${JSON.stringify(name)} is no name of a table or column`, {});
  }
  return name;
}

/** Arrays are read with their own quoting; everything else as one escaped field. */
function formatField(value: ParameterValue): string {
  return Array.isArray(value) ? formatValue(value) : escapeField(formatValue(value));
}

function formatValue(value: ParameterValue): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "bigint" || typeof value === "number") return formatNumber(value);
  return `[${value.map((item) => formatItem(item)).join(",")}]`;
}

function formatItem(item: ParameterValue): string {
  return typeof item === "string" ? quoteText(item) : formatValue(item);
}

function formatNumber(value: number | bigint): string {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new QueryFailedError(`${value} is no value for a query parameter`, {});
  }
  return String(value);
}

// A parameter's text is read as one tab-separated field: these characters would end it or be taken as escapes.
const FIELD_ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  "\b": "\\b",
  "\f": "\\f",
  "\0": "\\0",
};

function escapeField(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is escaped here
  return text.replaceAll(/[\\\t\n\r\b\f\0]/g, (character) => FIELD_ESCAPES[character] ?? character);
}
