import { parseDurationMs } from "@spanlight/promql";

/** Reads a time given to `option`: ISO 8601, or how long before `nowMs` (Unix milliseconds) it was. Answers ISO 8601. */
export function readInstant(option: string, text: string, nowMs: number): string {
  const agoMs = parseDurationMs(text);
  if (typeof agoMs === "number") return new Date(nowMs - agoMs).toISOString();
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  throw new Error(
    `${option} is ${text}; give ISO 8601 such as 2026-11-01 or 2026-11-21T02:30:00Z, or how long ago (7d, 90m)`,
  );
}
