import { formatDay, formatMoment } from "./instant.ts";

/** A range that ends now, or one between two fixed instants (epoch milliseconds). */
export type TimeRange = { kind: "last"; text: string } | { kind: "between"; fromMs: number; toMs: number };

export interface Period {
  fromMs: number;
  toMs: number;
}

/** What the figures of a range are compared with. */
export type Against = "yesterday" | "week" | "previous" | "nothing";

export const RANGE_PRESETS = ["15m", "30m", "1h", "3h", "6h", "12h", "24h", "2d", "7d", "30d"] as const;
export const DEFAULT_RANGE: TimeRange = { kind: "last", text: "1h" };

const unitsMs: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const unitNames: Record<string, string> = { m: "min", h: "h", d: "d", w: "weeks" };
const DAY_MS = 86_400_000;

function matchDuration(text: string): { count: number; unit: string } | null {
  const match = /^(\d{1,4})([mhdw])$/.exec(text);
  const [, count, unit] = match ?? [];
  return count === undefined || unit === undefined || Number(count) === 0
    ? null
    : { count: Number(count), unit };
}

/** Length in milliseconds of `15m`, `3h`, `7d`, `2w`; null when the text is no such duration. */
export function parseDurationText(text: string): number | null {
  const duration = matchDuration(text);
  return duration === null ? null : duration.count * (unitsMs[duration.unit] ?? 0);
}

function parseInstant(text: string | null): number | null {
  if (text === null || text === "") return null;
  const epochMs = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isFinite(epochMs) ? epochMs : null;
}

/** The range that the parameters `range` or `from` and `to` describe; the default where they describe none. */
export function readRange(params: URLSearchParams): TimeRange {
  const fromMs = parseInstant(params.get("from"));
  const toMs = parseInstant(params.get("to"));
  if (fromMs !== null && toMs !== null && fromMs < toMs) return { kind: "between", fromMs, toMs };
  const text = params.get("range");
  return text !== null && parseDurationText(text) !== null ? { kind: "last", text } : DEFAULT_RANGE;
}

/** Writes a range as parameters; the default range writes nothing. */
export function writeRange(range: TimeRange, params: URLSearchParams): void {
  for (const name of ["range", "from", "to"]) params.delete(name);
  if (range.kind === "between") {
    params.set("from", new Date(range.fromMs).toISOString());
    params.set("to", new Date(range.toMs).toISOString());
  } else if (!isSameRange(range, DEFAULT_RANGE)) {
    params.set("range", range.text);
  }
}

export function isSameRange(a: TimeRange, b: TimeRange): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The instants a range covers when it is `nowMs`. */
export function resolveRange(range: TimeRange, nowMs: number): Period {
  if (range.kind === "between") return { fromMs: range.fromMs, toMs: range.toMs };
  return { fromMs: nowMs - (parseDurationText(range.text) ?? 0), toMs: nowMs };
}

const STEPS_S = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800];
const MOST_STEPS = 120;

/** Seconds of a step that gives a chart of such a length at most 120 points. */
export function chooseStepSeconds(lengthMs: number): number {
  return STEPS_S.find((step) => lengthMs / 1000 / step <= MOST_STEPS) ?? 604_800;
}

/** Milliseconds that `against` lies before a range of the given length; null when nothing is compared. */
export function againstShiftMs(against: Against, lengthMs: number): number | null {
  switch (against) {
    case "yesterday":
      return Math.max(1, Math.ceil(lengthMs / DAY_MS)) * DAY_MS;
    case "week":
      return Math.max(1, Math.ceil(lengthMs / (7 * DAY_MS))) * 7 * DAY_MS;
    case "previous":
      return lengthMs;
    case "nothing":
      return null;
  }
}

export const AGAINST_NAMES: Record<Against, string> = {
  yesterday: "yesterday",
  week: "last week",
  previous: "previous",
  nothing: "nothing",
};

/** `3 h`, `15 min` of `3h`, `15m`. */
export function describeDurationText(text: string): string {
  const duration = matchDuration(text);
  return duration === null ? text : `${duration.count} ${unitNames[duration.unit] ?? ""}`;
}

/** `Last 3 h`, `14:20 – 14:50`, `20 Nov 14:20 – 21 Nov 09:00`. */
export function describeRange(range: TimeRange, nowMs: number): string {
  if (range.kind === "last") return `Last ${describeDurationText(range.text)}`;
  const sameDay = formatDay(range.fromMs) === formatDay(range.toMs);
  const end = formatMoment(range.toMs, sameDay ? range.toMs : nowMs);
  return `${formatMoment(range.fromMs, nowMs)} – ${end}`;
}
