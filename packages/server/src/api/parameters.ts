import type { z } from "zod";
import { parseInstant } from "../query/time.ts";
import { BadParameterError } from "./answer.ts";

/** Parses the query string of a request; the error names the parameter. Empty values count as not given. */
export function parseQuery<Schema extends z.ZodType>(schema: Schema, url: string): z.infer<Schema> {
  const given: Record<string, string> = {};
  for (const [name, value] of new URL(url).searchParams) {
    if (value !== "") given[name] = value;
  }
  return parseWith(schema, given);
}

export function parseWith<Schema extends z.ZodType>(schema: Schema, given: unknown): z.infer<Schema> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = issue?.path.join(".") ?? "";
  throw new BadParameterError(`the parameter ${name} cannot be used: ${issue?.message ?? "it is not valid"}`);
}

const DAY_NS = 86_400_000_000_000n;
/** What the engine's clock can hold: 1970 to 2262. */
const LATEST_NS = 9_223_372_036_000_000_000n;

export interface TimeRange {
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

/** `[from, to)` in Unix nanoseconds: each ISO 8601 or Unix milliseconds, the last 24 hours where not given. */
export function parseRange(
  query: { from?: string | undefined; to?: string | undefined },
  nowMs: number,
): TimeRange {
  const toNs = query.to === undefined ? BigInt(Math.ceil(nowMs)) * 1_000_000n : parseTime("to", query.to);
  const fromNs = query.from === undefined ? toNs - DAY_NS : parseTime("from", query.from);
  if (fromNs >= toNs) throw new BadParameterError("the parameter from must be before to");
  return { fromNs: fromNs < 0n ? 0n : fromNs, toNs };
}

/** A time as Unix milliseconds: ISO 8601 or Unix milliseconds. */
export function parseTimeMs(name: string, text: string): number {
  return Number(parseTime(name, text) / 1_000_000n);
}

function parseTime(name: string, text: string): bigint {
  const ns = toNs(text);
  if (ns === undefined) {
    throw new BadParameterError(
      `the parameter ${name} is ${JSON.stringify(text)}; give ISO 8601 such as 2026-11-21T02:30:00Z, or Unix milliseconds`,
    );
  }
  if (ns < 0n || ns > LATEST_NS) {
    throw new BadParameterError(
      `the parameter ${name} is ${JSON.stringify(text)}; give a time from 1970 to 2261`,
    );
  }
  return ns;
}

function toNs(text: string): bigint | undefined {
  if (/^\d{1,16}$/.test(text)) return BigInt(text) * 1_000_000n;
  try {
    return parseInstant(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  } catch {
    return undefined;
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** A duration in seconds or `30s`, `5m`, `1h`, `1d`; a multiple of 10 seconds. */
export function parseStepSeconds(text: string): number {
  const match = /^(\d{1,9})([smhdw]?)$/.exec(text);
  const seconds = match === null ? Number.NaN : Number(match[1]) * (UNITS[match[2] || "s"] ?? 1);
  if (!Number.isInteger(seconds) || seconds <= 0 || seconds % 10 !== 0) {
    throw new BadParameterError(
      `the parameter step is ${JSON.stringify(text)}; give a multiple of 10 seconds such as 30, 30s, 5m or 1h`,
    );
  }
  return seconds;
}
