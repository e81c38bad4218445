// Fields of foreign bodies, read without trust: what has another type than expected counts as not given.
import { isRecord, type JsonObject } from "../../decode/json-fields.ts";

export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** Text as it is, everything else as JSON; undefined for what is not given. */
export function toContent(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function recordOf(value: unknown): JsonObject {
  return isRecord(value) ? value : {};
}

export function recordsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** Later than any time that can be stored: whoever has it is refused by its time. */
const beyondNs = 2n ** 63n;

/** Unix nanoseconds of a time given as ISO 8601 (microseconds kept) or in Unix milliseconds; undefined for anything else. */
export function toNanoseconds(value: unknown): bigint | undefined {
  const ns = typeof value === "number" ? msToNs(value) : textToNs(value);
  return ns !== undefined && ns > beyondNs ? beyondNs : ns;
}

function textToNs(value: unknown): bigint | undefined {
  if (typeof value !== "string") return undefined;
  const match = /^(.*T\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?\d*(Z|[+-]\d\d:?\d\d)?$/.exec(value.trim());
  const ms = Date.parse(match === null ? value : `${match[1]}${match[3] ?? "Z"}`);
  if (!Number.isFinite(ms) || ms < 0) return undefined;
  return BigInt(ms) * 1_000_000n + (match === null ? 0n : BigInt((match[2] ?? "").padEnd(9, "0")));
}

function msToNs(ms: number): bigint | undefined {
  return Number.isFinite(ms) && ms >= 0 ? BigInt(Math.round(ms * 1000)) * 1000n : undefined;
}
