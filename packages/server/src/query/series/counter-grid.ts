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
  readonly slots: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** What was observed in which slot (Unix seconds) and bucket (index of its upper bound), in any order. */
export interface BucketIncrements {
  readonly slots: ArrayLike<number>;
  readonly buckets: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
}

export interface GridSamples {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

/**
 * Adds up increments to the samples of a counter: each day it appears with a zero right before its first span, and
 * repeats its value to the end of the day. Null where no sample lies in the window.
 */
export function accumulate(grid: CounterGrid, increments: readonly Increments[]): GridSamples | null {
  const stretches = findStretches(grid, increments);
  if (stretches.length === 0) return null;
  const all = new Float64Array(grid.times.length);
  for (const { slots, values } of increments) {
    for (let index = 0; index < slots.length; index += 1) {
      const position = findPosition(grid, slots[index] ?? 0);
      if (position >= 0) all[position] = (all[position] ?? 0) + (values[index] ?? 0);
    }
  }
  addUp(grid, all);
  return cut(grid.times, all, stretches);
}

/**
 * The samples of the cumulative buckets of a histogram, by ascending bound. All begin at the same time. Null where no
 * sample lies in the window.
 */
export function accumulateBuckets(
  grid: CounterGrid,
  increments: readonly BucketIncrements[],
  bucketCount: number,
): GridSamples[] | null {
  const stretches = findStretches(grid, increments);
  if (stretches.length === 0) return null;
  const points = grid.times.length;
  const cells = new Float64Array(points * bucketCount);
  for (const { slots, buckets, counts } of increments) {
    for (let index = 0; index < slots.length; index += 1) {
      const position = findPosition(grid, slots[index] ?? 0);
      const cell = (buckets[index] ?? 0) * points + position;
      if (position >= 0) cells[cell] = (cells[cell] ?? 0) + (counts[index] ?? 0);
    }
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

/** Positions in the grid's times between which a series has samples. */
type Stretch = readonly [from: number, to: number];

function endOf({ offset, first, last }: DayPoints): number {
  return offset + last - first + 1;
}

/** From the first span of each day to its end; stretches of days that follow each other without a gap are one. */
function findStretches({ days }: CounterGrid, increments: readonly Pick<Increments, "slots">[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const day of days) {
    const earliest = (findEarliest(day, increments) * 1000 - day.dayMs) / GRID_MS;
    const first = Math.max(earliest, day.first);
    if (first > day.last) continue;
    const from = day.offset + first - day.first;
    const before = stretches.at(-1);
    if (before !== undefined && before[1] === from) stretches[stretches.length - 1] = [before[0], endOf(day)];
    else stretches.push([from, endOf(day)]);
  }
  return stretches;
}

/** The earliest slot of a day in Unix seconds; Infinity where it has none. */
function findEarliest({ dayMs }: DayPoints, increments: readonly Pick<Increments, "slots">[]): number {
  const [from, to] = [dayMs / 1000, (dayMs + DAY_MS) / 1000];
  let earliest = Infinity;
  for (const { slots } of increments) {
    for (let index = 0; index < slots.length; index += 1) {
      const slot = slots[index] ?? 0;
      if (slot < earliest && slot >= from && slot < to) earliest = slot;
    }
  }
  return earliest;
}

/** UTC midnights around a time span in Unix seconds. */
export function roundToDays({ fromSeconds, toSeconds }: Pick<CounterGrid, "fromSeconds" | "toSeconds">): {
  readonly fromSeconds: number;
  readonly toSeconds: number;
} {
  const day = DAY_MS / 1000;
  return { fromSeconds: Math.floor(fromSeconds / day) * day, toSeconds: Math.ceil(toSeconds / day) * day };
}

/** Where a slot first counts in the grid; -1 where that is not in the window. */
function findPosition({ days }: CounterGrid, slotSeconds: number): number {
  const ms = slotSeconds * 1000;
  for (const { dayMs, first, last, offset } of days) {
    if (ms < dayMs || ms >= dayMs + DAY_MS) continue;
    const at = Math.max((ms - dayMs) / GRID_MS + 1, first);
    return at > last ? -1 : offset + at - first;
  }
  return -1;
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
