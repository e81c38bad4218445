/** Counters of spans have one sample each 10 seconds. */
const GRID_MS = 10_000;
const DAY_MS = 86_400_000;
/** Spans older than this are not looked for: they have gone from the store long ago. */
const LONGEST_MS = 400 * DAY_MS;
const POINTS_PER_DAY = DAY_MS / GRID_MS;

/** The points of one UTC day that lie in the window: point `p` counts the spans that ended before `p` slots had passed. */
interface DayPoints {
  readonly dayMs: number;
  readonly first: number;
  readonly last: number;
  /** Where the day's points begin in `times`. */
  readonly offset: number;
}

/** When the samples of derived counters lie within `startMs < time ≤ endMs`. All times are Unix milliseconds. */
export interface CounterGrid {
  readonly times: Float64Array;
  readonly days: readonly DayPoints[];
  /** Slots to read, Unix seconds `[from, to)`: from midnight on, because counters count from there. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** Slots before this one have their effect before the window: they may be taken for this one. */
  readonly foldSeconds: number;
}

/**
 * A day begins with a zero at midnight and ends 1 ms before the next, so that a reset is always seen as one. Points lie
 * at the end of their 10 seconds and never in the future: what a sample says changes only when spans come late.
 */
export function createGrid(window: { startMs: number; endMs: number; nowMs: number }): CounterGrid {
  const endMs = Math.min(window.endMs, window.nowMs);
  const startMs = Math.max(window.startMs, window.nowMs - LONGEST_MS, -1);
  const days: DayPoints[] = [];
  let offset = 0;
  const firstDay = Math.floor(startMs / DAY_MS) * DAY_MS;
  for (let dayMs = firstDay; dayMs <= endMs; dayMs += DAY_MS) {
    const first = Math.max(0, findPoint(dayMs, startMs) + 1);
    const last = Math.min(POINTS_PER_DAY, findPoint(dayMs, endMs));
    if (last < first) continue;
    days.push({ dayMs, first, last, offset });
    offset += last - first + 1;
  }
  const times = new Float64Array(offset);
  for (const day of days) {
    for (let point = day.first; point <= day.last; point += 1) {
      times[day.offset + point - day.first] = timeOf(day.dayMs, point);
    }
  }
  const fromSeconds = Math.max(0, firstDay / 1000);
  return {
    times,
    days,
    fromSeconds,
    toSeconds: Math.max(fromSeconds, (Math.floor((endMs + 1) / GRID_MS) * GRID_MS) / 1000),
    foldSeconds: Math.max(fromSeconds, (Math.floor(startMs / GRID_MS) * GRID_MS - GRID_MS) / 1000),
  };
}

/** The last point of a day that lies at or before a time; -1 before the day. */
function findPoint(dayMs: number, timeMs: number): number {
  if (timeMs >= dayMs + DAY_MS - 1) return POINTS_PER_DAY;
  return Math.min(POINTS_PER_DAY - 1, Math.floor((timeMs - dayMs) / GRID_MS));
}

function timeOf(dayMs: number, point: number): number {
  return point === POINTS_PER_DAY ? dayMs + DAY_MS - 1 : dayMs + point * GRID_MS;
}

/** What was added in which slot (Unix seconds), in any order. */
export interface Increments {
  readonly slots: readonly number[];
  readonly values: readonly number[];
}

export interface GridSamples {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

/**
 * Adds up increments to the samples of a counter: each day it appears with a zero right before its first span, and
 * repeats its value to the end of the day. Null where no sample lies in the window.
 */
export function accumulate(grid: CounterGrid, increments: Increments): GridSamples | null {
  const all = new Float64Array(grid.times.length);
  const parts: Array<readonly [from: number, to: number]> = [];
  for (const day of grid.days) {
    const from = addDay(day, increments, all);
    if (from === null) continue;
    const to = day.offset + day.last - day.first + 1;
    const before = parts.at(-1);
    if (before !== undefined && before[1] === from) parts[parts.length - 1] = [before[0], to];
    else parts.push([from, to]);
  }
  const [only] = parts;
  if (only === undefined) return null;
  if (parts.length === 1)
    return { timestampsMs: grid.times.subarray(...only), values: all.subarray(...only) };
  return { timestampsMs: join(grid.times, parts), values: join(all, parts) };
}

/** Fills the day's points; answers where its samples begin, null where the day has none in the window. */
function addDay(day: DayPoints, { slots, values }: Increments, all: Float64Array): number | null {
  let earliest = Infinity;
  for (let index = 0; index < slots.length; index += 1) {
    const slot = ((slots[index] ?? 0) * 1000 - day.dayMs) / GRID_MS;
    if (slot < 0 || slot >= POINTS_PER_DAY) continue;
    earliest = Math.min(earliest, slot);
    const at = Math.max(slot + 1, day.first);
    if (at > day.last) continue;
    const position = day.offset + at - day.first;
    all[position] = (all[position] ?? 0) + (values[index] ?? 0);
  }
  const from = Math.max(earliest, day.first);
  if (from > day.last) return null;
  const end = day.offset + day.last - day.first;
  let sum = 0;
  for (let position = day.offset; position <= end; position += 1) {
    sum += all[position] ?? 0;
    all[position] = sum;
  }
  return day.offset + from - day.first;
}

function join(all: Float64Array, parts: ReadonlyArray<readonly [number, number]>): Float64Array {
  const joined = new Float64Array(parts.reduce((sum, [from, to]) => sum + to - from, 0));
  let at = 0;
  for (const [from, to] of parts) {
    joined.set(all.subarray(from, to), at);
    at += to - from;
  }
  return joined;
}
