// Puts samples that come in blocks of many series together by series. Watched by `npm run bench promql`.
import type { ColumnBlock } from "../../store/native/column.ts";
import { columnOf } from "../../store/native/read-blocks.ts";
import { rawOf } from "../../store/native/values.ts";

/** Samples of one series in order of time. Values are copied bit by bit: a staleness marker must stay one. */
export interface SampleColumns {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

/** A series id of 128 bits as four words, the lowest first. */
export type SeriesId = readonly [number, number, number, number];

/** How samples with one time, or parts of a series that overlap in time, are to be put in order. */
export type Order = "by time" | "as they come";

/** Neighbouring rows of one series: positions in the arrays of all samples. */
interface Run {
  readonly from: number;
  to: number;
}

export interface SampleGatherer {
  /**
   * Takes the rows `series, time, value` of a block; rows of other series than the known ones are passed over. `series` is
   * the id, or its lowest word where `haveShortIds` is true of the ids.
   */
  add(block: ColumnBlock): void;
  /** How many samples were taken. */
  readonly samples: number;
  /**
   * The samples of the known series, in their order, null where there are none. "by time": undefined where a time comes
   * twice in a series or its runs overlap, because then the order of arrival decides. "as they come": the rows are in
   * order of time and arrival, and of those with one time the last counts.
   */
  finish(order: Order): Array<SampleColumns | null> | undefined;
}

/** `expectedSamples` is how many samples there may be in all; more are no mistake. */
export function createSampleGatherer(ids: readonly SeriesId[], expectedSamples: number): SampleGatherer {
  const find = createFinder(ids);
  const runsOf: Run[][] = ids.map(() => []);
  const scratch = createScratch();
  let all = createSamples(expectedSamples);
  let samples = 0;
  return {
    get samples() {
      return samples;
    },
    add(block) {
      const { rows } = block;
      if (samples + rows > all.values.length) all = grow(all, samples + rows);
      new Uint8Array(all.values.buffer).set(rawOf(columnOf(block, "value")), samples * 8);
      writeTimes(scratch.read(rawOf(columnOf(block, "time"))), all.timestampsMs, samples);
      const words = scratch.read(rawOf(columnOf(block, "series")));
      const width = words.length / rows;
      let from = 0;
      while (from < rows) {
        const to = width === 1 ? findShortEnd(words, from) : findEnd(words, from, rows);
        const runs = runsOf[find(words, from * width, width)];
        if (runs !== undefined) addRun(runs, samples + from, samples + to);
        from = to;
      }
      samples += rows;
    },
    finish(order) {
      const found: Array<SampleColumns | null> = [];
      for (const runs of runsOf) {
        const joined =
          runs.length === 0 ? null : order === "by time" ? joinRuns(all, runs) : keepNewest(all, runs);
        if (joined === undefined) return undefined;
        found.push(joined);
      }
      return found;
    },
  };
}

/**
 * Words of a column that lies at any address. One piece of memory for all of them: copies of their own were collected
 * more often than anything else.
 */
function createScratch(): { read(raw: Uint8Array): Uint32Array } {
  let words = new Uint32Array(0);
  return {
    read(raw) {
      const count = raw.length / 4;
      if (words.length < count) words = new Uint32Array(count);
      new Uint8Array(words.buffer).set(raw);
      return words.subarray(0, count);
    },
  };
}

function createSamples(size: number): SampleColumns {
  return { timestampsMs: new Float64Array(size), values: new Float64Array(size) };
}

function grow({ timestampsMs, values }: SampleColumns, least: number): SampleColumns {
  const grown = createSamples(Math.max(least, values.length * 2));
  grown.timestampsMs.set(timestampsMs);
  grown.values.set(values);
  return grown;
}

/** Writes 64-bit integers in milliseconds as numbers. */
function writeTimes(words: Uint32Array, target: Float64Array, offset: number): void {
  for (let at = 0, to = offset; at < words.length; at += 2, to += 1) {
    target[to] = ((words[at + 1] ?? 0) | 0) * 4_294_967_296 + (words[at] ?? 0);
  }
}

/** A run that goes on in the next block is one run. */
function addRun(runs: Run[], from: number, to: number): void {
  const last = runs.at(-1);
  if (last?.to === from) last.to = to;
  else runs.push({ from, to });
}

/** True where the lowest words tell the ids apart. */
export function haveShortIds(ids: readonly SeriesId[]): boolean {
  return new Set(ids.map(([first]) => first)).size === ids.length;
}

function findShortEnd(words: Uint32Array, from: number): number {
  const word = words[from];
  let to = from + 1;
  while (words[to] === word && to < words.length) to += 1;
  return to;
}

/** The first row after `from` that belongs to another series. */
function findEnd(words: Uint32Array, from: number, rows: number): number {
  const at = from * 4;
  const [first, second, third, fourth] = [words[at], words[at + 1], words[at + 2], words[at + 3]];
  let to = from + 1;
  let next = at + 4;
  while (
    to < rows &&
    words[next] === first &&
    words[next + 1] === second &&
    words[next + 2] === third &&
    words[next + 3] === fourth
  ) {
    to += 1;
    next += 4;
  }
  return to;
}

/** Finds the place of an id, of so many words, among those known; -1 where it is none of them. */
function createFinder(ids: readonly SeriesId[]): (words: Uint32Array, at: number, width: number) => number {
  // The lowest word tells nearly all ids apart; those that share it are compared word by word.
  const places = new Map<number, number[]>();
  for (const [place, [first]] of ids.entries()) {
    const same = places.get(first);
    if (same === undefined) places.set(first, [place]);
    else same.push(place);
  }
  return (words, at, width) => {
    const same = places.get(words[at] ?? 0);
    if (same === undefined) return -1;
    if (width === 1) return same[0] ?? -1;
    return same.find((place) => ids[place]?.every((word, index) => word === words[at + index])) ?? -1;
  };
}

/** Runs come from parts of a table, each in order: one after the other they are the series, unless they overlap. */
function joinRuns(all: SampleColumns, runs: Run[]): SampleColumns | undefined {
  const [only] = runs;
  if (only !== undefined && runs.length === 1) {
    return isRising(all.timestampsMs, only.from, only.to) ? slice(all, only.from, only.to) : undefined;
  }
  const { timestampsMs } = all;
  runs.sort((left, right) => (timestampsMs[left.from] ?? 0) - (timestampsMs[right.from] ?? 0));
  const joined = createSamples(sizeOf(runs));
  let at = 0;
  for (const { from, to } of runs) {
    const part = slice(all, from, to);
    joined.timestampsMs.set(part.timestampsMs, at);
    joined.values.set(part.values, at);
    at += to - from;
  }
  return isRising(joined.timestampsMs, 0, at) ? joined : undefined;
}

function sizeOf(runs: readonly Run[]): number {
  return runs.reduce((sum, { from, to }) => sum + to - from, 0);
}

function slice({ timestampsMs, values }: SampleColumns, from: number, to: number): SampleColumns {
  return { timestampsMs: timestampsMs.subarray(from, to), values: values.subarray(from, to) };
}

function isRising(times: Float64Array, from: number, to: number): boolean {
  for (let at = from + 1; at < to; at += 1) {
    if ((times[at] ?? 0) <= (times[at - 1] ?? 0)) return false;
  }
  return true;
}

/** Of rows with one time the last is kept. */
function keepNewest(all: SampleColumns, runs: readonly Run[]): SampleColumns {
  const { timestampsMs, values } = createSamples(sizeOf(runs));
  let kept = 0;
  for (const { from, to } of runs) {
    for (let row = from; row < to; row += 1) {
      const time = all.timestampsMs[row] ?? 0;
      if (kept === 0 || timestampsMs[kept - 1] !== time) kept += 1;
      timestampsMs[kept - 1] = time;
      values.set(all.values.subarray(row, row + 1), kept - 1); // as bits, not as a number
    }
  }
  return slice({ timestampsMs, values }, 0, kept);
}
