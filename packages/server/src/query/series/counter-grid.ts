import type { CountRow } from "./count-rows.ts";

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

export interface GridSamples {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

/**
 * Adds up what one label set counted to the samples of a counter: each day it appears with a zero right before its first
 * span, and repeats its value to the end of the day. Null where no sample lies in the window.
 */
export function accumulate(
  grid: CounterGrid,
  rows: readonly CountRow[],
  pick: (row: CountRow) => ArrayLike<number> = ({ values }) => values,
): GridSamples | null {
  const stretches = findStretches(grid, rows);
  if (stretches.length === 0) return null;
  const all = new Float64Array(grid.times.length);
  for (const row of rows) {
    const day = findDay(grid, row);
    if (day !== undefined) addRow({ slots: row.slots, added: pick(row), day }, all);
  }
  addUp(grid, all);
  return cut(grid.times, all, stretches);
}

interface Addition {
  readonly slots: Uint16Array;
  readonly added: ArrayLike<number>;
  readonly day: DayPoints;
}

/** Adds each entry where it first counts. */
function addRow({ slots, added, day }: Addition, all: Float64Array): void {
  const { first, last, offset } = day;
  for (let index = 0; index < slots.length; index += 1) {
    const point = Math.max((slots[index] ?? 0) + 1, first);
    const position = offset + point - first;
    if (point <= last) all[position] = (all[position] ?? 0) + (added[index] ?? 0);
  }
}

/**
 * The samples of the cumulative buckets of a histogram, by ascending bound. All begin at the same time. Null where no
 * sample lies in the window.
 */
export function accumulateBuckets(
  grid: CounterGrid,
  rows: readonly CountRow[],
  bucketCount: number,
): GridSamples[] | null {
  const stretches = findStretches(grid, rows);
  if (stretches.length === 0) return null;
  const points = grid.times.length;
  const cells = new Float64Array(points * bucketCount);
  for (const row of rows) {
    const day = findDay(grid, row);
    if (day !== undefined) addBuckets(row, { day, points, cells });
  }
  for (let cell = points; cell < cells.length; cell += 1) {
    cells[cell] = (cells[cell] ?? 0) + (cells[cell - points] ?? 0);
  }
  return Array.from({ length: bucketCount }, (_empty, bucket) => {
    const all = cells.subarray(bucket * points, (bucket + 1) * points);
    addUp(grid, all);
    return cut(grid.times, all, stretches);
  });
}

function addBuckets(
  { slots, buckets, values }: CountRow,
  to: { readonly day: DayPoints; readonly points: number; readonly cells: Float64Array },
): void {
  const { points, cells } = to;
  const { first, last, offset } = to.day;
  for (let index = 0; index < slots.length; index += 1) {
    const point = Math.max((slots[index] ?? 0) + 1, first);
    const cell = (buckets?.[index] ?? 0) * points + offset + point - first;
    if (point <= last) cells[cell] = (cells[cell] ?? 0) + (values[index] ?? 0);
  }
}

/** Positions in the grid's times between which a series has samples. */
type Stretch = readonly [from: number, to: number];

function endOf({ offset, first, last }: DayPoints): number {
  return offset + last - first + 1;
}

/** From the first span of each day to its end; stretches of days that follow each other without a gap are one. */
function findStretches({ days }: CounterGrid, rows: readonly CountRow[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const day of days) {
    const first = Math.max(findEarliest(day, rows), day.first);
    if (first > day.last) continue;
    const from = day.offset + first - day.first;
    const before = stretches.at(-1);
    if (before !== undefined && before[1] === from) stretches[stretches.length - 1] = [before[0], endOf(day)];
    else stretches.push([from, endOf(day)]);
  }
  return stretches;
}

/** The earliest slot of a day; Infinity where it has none. */
function findEarliest({ dayMs }: DayPoints, rows: readonly CountRow[]): number {
  let earliest = Infinity;
  for (const row of rows) {
    if (row.daySeconds * 1000 === dayMs && row.earliest < earliest) earliest = row.earliest;
  }
  return earliest;
}

function findDay({ days }: CounterGrid, { daySeconds }: CountRow): DayPoints | undefined {
  return days.find(({ dayMs }) => dayMs === daySeconds * 1000);
}

/** Turns increments into totals since midnight. */
function addUp({ days }: CounterGrid, all: Float64Array): void {
  for (const day of days) {
    let sum = 0;
    const end = endOf(day);
    for (let position = day.offset; position < end; position += 1) {
      sum += all[position] ?? 0;
      all[position] = sum;
    }
  }
}

function cut(times: Float64Array, all: Float64Array, stretches: readonly Stretch[]): GridSamples {
  const [only] = stretches;
  if (only !== undefined && stretches.length === 1) {
    return { timestampsMs: times.subarray(...only), values: all.subarray(...only) };
  }
  return { timestampsMs: join(times, stretches), values: join(all, stretches) };
}

function join(all: Float64Array, stretches: readonly Stretch[]): Float64Array {
  const joined = new Float64Array(stretches.reduce((sum, [from, to]) => sum + to - from, 0));
  let at = 0;
  for (const [from, to] of stretches) {
    joined.set(all.subarray(from, to), at);
    at += to - from;
  }
  return joined;
}
