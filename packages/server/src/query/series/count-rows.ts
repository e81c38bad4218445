import type { NumberArray } from "../../store/native/column.ts";

const DAY_SECONDS = 86_400;
const SLOT_SECONDS = 10;

/** What the spans of one label set add to a counter or a histogram within one UTC day, in as few bytes as it takes. */
export interface CountRow {
  /** In the order of `listLabels`. */
  readonly labels: readonly string[];
  /** Midnight, Unix seconds. */
  readonly daySeconds: number;
  /** When, in tens of seconds since midnight. In any order; entries of one slot add up. */
  readonly slots: Uint16Array;
  /** The lowest of `slots`. */
  readonly earliest: number;
  /** Index of the bucket that took the observations, the number of bounds for +Inf; null for a counter. */
  readonly buckets: Uint8Array | null;
  /** What a counter grew by, or how many observations there were. */
  readonly values: NumberArray;
  /** The observations added up; null where nobody asked. */
  readonly sums: Float64Array | null;
}

/** Entries as the engine answers them: `seconds` are Unix seconds of slots. */
export interface Entries {
  readonly seconds: NumberArray;
  readonly buckets: NumberArray | null;
  readonly values: NumberArray;
  readonly sums: NumberArray | null;
}

/** Rows of one label set, one for each UTC day. */
export function splitByDay(labels: readonly string[], entries: Entries): CountRow[] {
  const { seconds } = entries;
  const sizes = new Map<number, number>();
  for (const second of seconds) {
    const day = second - (second % DAY_SECONDS);
    sizes.set(day, (sizes.get(day) ?? 0) + 1);
  }
  return [...sizes].map(([daySeconds, size]) => pickDay(labels, entries, { daySeconds, size }));
}

function pickDay(
  labels: readonly string[],
  { seconds, buckets, values, sums }: Entries,
  { daySeconds, size }: { daySeconds: number; size: number },
): CountRow {
  const end = daySeconds + DAY_SECONDS;
  const indexes = new Uint32Array(size);
  let at = 0;
  for (let index = 0; index < seconds.length; index += 1) {
    const second = seconds[index] ?? 0;
    if (second >= daySeconds && second < end) indexes[at++] = index;
  }
  const slots = pick(
    seconds,
    indexes,
    new Uint16Array(size),
    (second) => (second - daySeconds) / SLOT_SECONDS,
  );
  return {
    labels,
    daySeconds,
    slots,
    earliest: findLowest(slots),
    buckets: buckets && pick(buckets, indexes, new Uint8Array(size)),
    values: narrow(pick(values, indexes, new Float64Array(size))),
    sums: sums && pick(sums, indexes, new Float64Array(size)),
  };
}

function pick<Target extends NumberArray>(
  source: NumberArray,
  indexes: Uint32Array,
  target: Target,
  change: (value: number) => number = (value) => value,
): Target {
  for (let at = 0; at < indexes.length; at += 1) target[at] = change(source[indexes[at] ?? 0] ?? 0);
  return target;
}

function findLowest(numbers: Uint16Array): number {
  let lowest = Infinity;
  for (const number of numbers) if (number < lowest) lowest = number;
  return lowest;
}

/** The same numbers in fewer bytes, where all are small whole numbers. */
function narrow(numbers: Float64Array): NumberArray {
  let highest = 0;
  for (const number of numbers) {
    if (number < 0 || number > 0xffff_ffff || !Number.isInteger(number)) return numbers;
    if (number > highest) highest = number;
  }
  if (highest <= 0xff) return Uint8Array.from(numbers);
  return highest <= 0xffff ? Uint16Array.from(numbers) : Uint32Array.from(numbers);
}

/** Rows in which each label set comes once a day. */
export function joinRows(rows: readonly CountRow[]): CountRow[] {
  const groups = new Map<string, CountRow[]>();
  for (const row of rows) {
    const key = `${row.daySeconds}\0${row.labels.join("\0")}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()].map(joinGroup);
}

function joinGroup(rows: readonly CountRow[]): CountRow {
  const [first] = rows;
  if (first === undefined) throw new RangeError("no rows to join");
  if (rows.length === 1) return first;
  const size = rows.reduce((sum, { slots }) => sum + slots.length, 0);
  const joined = {
    slots: new Uint16Array(size),
    buckets: first.buckets === null ? null : new Uint8Array(size),
    values: createWidest(rows, size),
    sums: first.sums === null ? null : new Float64Array(size),
  };
  let at = 0;
  for (const { slots, buckets, values, sums } of rows) {
    joined.slots.set(slots, at);
    joined.values.set(values, at);
    if (buckets !== null) joined.buckets?.set(buckets, at);
    if (sums !== null) joined.sums?.set(sums, at);
    at += slots.length;
  }
  const earliest = Math.min(...rows.map((row) => row.earliest));
  return { ...joined, labels: first.labels, daySeconds: first.daySeconds, earliest };
}

/** An array that holds what any of the rows holds. */
function createWidest(rows: readonly CountRow[], size: number): NumberArray {
  if (rows.some(({ values }) => values instanceof Float64Array)) return new Float64Array(size);
  const bytes = Math.max(...rows.map(({ values }) => values.BYTES_PER_ELEMENT));
  if (bytes === 1) return new Uint8Array(size);
  return bytes === 2 ? new Uint16Array(size) : new Uint32Array(size);
}

/** About what a row takes in memory. */
export function sizeOfRow({ slots, buckets, values, sums }: CountRow): number {
  return 500 + slots.byteLength + values.byteLength + (buckets?.byteLength ?? 0) + (sums?.byteLength ?? 0);
}

/** Midnight of a moment's UTC day, Unix seconds. */
export function dayOf(unixMs: number): number {
  return Math.floor(unixMs / 1000 / DAY_SECONDS) * DAY_SECONDS;
}

/** The UTC days that a range of Unix seconds touches, as their midnights. */
export function listDays({ fromSeconds, toSeconds }: { fromSeconds: number; toSeconds: number }): number[] {
  const days: number[] = [];
  for (let day = dayOf(fromSeconds * 1000); day < toSeconds; day += DAY_SECONDS) days.push(day);
  return days;
}

/** Days as ranges of Unix seconds `[from, to)`; days that follow each other are one range. */
export function toRanges(days: Iterable<number>): { fromSeconds: number; toSeconds: number }[] {
  const ranges: { fromSeconds: number; toSeconds: number }[] = [];
  for (const day of [...days].toSorted((left, right) => left - right)) {
    const last = ranges.at(-1);
    if (last?.toSeconds === day) last.toSeconds = day + DAY_SECONDS;
    else ranges.push({ fromSeconds: day, toSeconds: day + DAY_SECONDS });
  }
  return ranges;
}
