import type { Engine } from "../../store/engine.ts";
import type { BlockWatch, TableState } from "./block-watch.ts";
import { NO_PROJECTIONS } from "./count-spec.ts";

/** Samples of one label set, in order of time (Unix milliseconds). */
export interface GaugeSamples {
  readonly labels: readonly string[];
  readonly times: readonly number[];
  readonly values: readonly number[];
}

export interface GaugeQuestion {
  /** The same for questions that differ in their range only. */
  readonly key: string;
  /** Ends of the spans that are looked at, Unix seconds `[from, to)`. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** How many seconds before a sample its spans may have ended. */
  readonly reachSeconds: number;
  readonly read: (fromSeconds: number, toSeconds: number) => Promise<readonly GaugeSamples[]>;
}

/** What was worked out of the spans that ended in a time. */
export interface GaugeEntry extends TableState {
  readonly key: string;
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly samples: readonly GaugeSamples[];
}

/** Remembers samples that are worked out of the spans before them: only those around new spans are worked out again. */
export interface GaugeCache {
  read(question: GaugeQuestion): Promise<readonly GaugeSamples[]>;
  /** What is remembered. */
  list(): readonly GaugeEntry[];
}

export interface GaugeCacheOptions {
  readonly watch: BlockWatch;
  readonly store: Engine;
  readonly project: string;
  /** Where entries of an earlier process are. */
  readonly saved?: { loadGauge(key: string, epoch: string): Promise<GaugeEntry | undefined> } | undefined;
}

/** Spans are gathered by minute: a span changes samples from the end of its minute on. */
const MINUTE = 60;
const MAX_ENTRIES = 100;
/** New spans in more pieces of time than this are read as one. */
const MAX_STRETCHES = 8;

export function createGaugeCache(options: GaugeCacheOptions): GaugeCache {
  const { watch, saved } = options;
  const entries = new Map<string, GaugeEntry>();

  const keep = (entry: GaugeEntry): void => keepEntry(entries, entry);

  async function readAll(question: GaugeQuestion): Promise<readonly GaugeSamples[]> {
    const { key, fromSeconds, toSeconds, read } = question;
    const before = await watch.lookAgain();
    const samples = await read(fromSeconds, toSeconds);
    // Blocks that have come meanwhile may be in it; their times are worked out again, so it does not matter.
    const after = await watch.lookAgain();
    if (after.epoch === before.epoch) keep({ ...before, key, fromSeconds, toSeconds, samples });
    return samples;
  }

  async function readNew(
    question: GaugeQuestion,
    entry: GaugeEntry,
    state: TableState,
  ): Promise<readonly GaugeSamples[]> {
    const { key, toSeconds, reachSeconds, read } = question;
    const end = Math.max(toSeconds, entry.toSeconds);
    const minutes = await listNewMinutes(options, { entry, upTo: state.block, end });
    // What lies after the entry's end is new too.
    if (end > entry.toSeconds) minutes.push({ first: toMinute(entry.toSeconds), last: toMinute(end) });
    let { samples } = entry;
    for (const { first, last } of joinStretches(minutes, reachSeconds)) {
      const [from, to] = [first + MINUTE, last + reachSeconds];
      const added = await read(from - reachSeconds, Math.min(to, end));
      samples = replaceBetween(samples, added, { fromMs: from * 1000, toMs: to * 1000 });
    }
    keep({ ...state, key, fromSeconds: entry.fromSeconds, toSeconds: end, samples });
    return samples;
  }

  return {
    list: () => [...entries.values()],
    async read(question) {
      const state = await watch.current();
      const { key } = question;
      const known = entries.get(key);
      const entry = known?.epoch === state.epoch ? known : await saved?.loadGauge(key, state.epoch);
      return entry !== undefined && isUseful(entry, question, state)
        ? readNew(question, entry, state)
        : readAll(question);
    },
  };
}

function keepEntry(entries: Map<string, GaugeEntry>, entry: GaugeEntry): void {
  entries.delete(entry.key);
  const [oldest] = entries.keys();
  if (entries.size >= MAX_ENTRIES && oldest !== undefined) entries.delete(oldest);
  entries.set(entry.key, entry);
}

function isUseful(entry: GaugeEntry, { fromSeconds }: GaugeQuestion, state: TableState): boolean {
  const isWhole = entry.drops === state.drops || entry.fromSeconds > state.droppedUntilSeconds;
  const isKnown = fromSeconds >= entry.fromSeconds && fromSeconds <= entry.toSeconds;
  return isWhole && isKnown && entry.block <= state.block;
}

function toMinute(seconds: number): number {
  return Math.floor(seconds / MINUTE) * MINUTE;
}

/** Minutes, the first and the last of them. */
interface Stretch {
  readonly first: number;
  readonly last: number;
}

/** The minutes in which spans of new blocks ended, of those that the entry knows. */
async function listNewMinutes(
  { store, project }: GaugeCacheOptions,
  { entry, upTo, end }: { entry: GaugeEntry; upTo: number; end: number },
): Promise<Stretch[]> {
  const { block: after, fromSeconds } = entry;
  if (after === upTo) return [];
  const rows = await store.query<{ minute: number }>({
    sql: `SELECT toUnixTimestamp(toStartOfMinute(slot)) AS minute FROM spans
WHERE project = {project:String} AND block > {after:UInt64} AND block <= {upTo:UInt64}
  AND slot >= toDateTime({fromSeconds:UInt32}, 'UTC') AND slot < toDateTime({end:UInt32}, 'UTC')
GROUP BY minute ORDER BY minute`,
    parameters: { project, after, upTo, fromSeconds, end },
    settings: NO_PROJECTIONS,
  });
  return rows.map(({ minute }) => ({ first: minute, last: minute }));
}

/** Stretches whose samples need the same spans are one. */
function joinStretches(stretches: readonly Stretch[], reachSeconds: number): Stretch[] {
  const joined: Stretch[] = [];
  for (const next of stretches.toSorted((left, right) => left.first - right.first)) {
    const before = joined.at(-1);
    if (before !== undefined && next.first <= before.last + 2 * reachSeconds) {
      joined[joined.length - 1] = { first: before.first, last: Math.max(before.last, next.last) };
    } else joined.push(next);
  }
  const [first, last] = [joined[0], joined.at(-1)];
  if (joined.length <= MAX_STRETCHES || first === undefined || last === undefined) return joined;
  return [{ first: first.first, last: last.last }];
}

/** The old samples outside a time, both ends included, and the new ones in it. */
function replaceBetween(
  old: readonly GaugeSamples[],
  added: readonly GaugeSamples[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
): GaugeSamples[] {
  const newer = new Map(added.map((one) => [one.labels.join("\0"), one]));
  const joined = old.map((one) => {
    const key = one.labels.join("\0");
    const next = newer.get(key);
    newer.delete(key);
    return join(one.labels, [
      cut(one, (time) => time < fromMs),
      ...(next === undefined ? [] : [cut(next, (time) => time >= fromMs && time <= toMs)]),
      cut(one, (time) => time > toMs),
    ]);
  });
  const fresh = [...newer.values()].map((one) =>
    join(one.labels, [cut(one, (time) => time >= fromMs && time <= toMs)]),
  );
  return [...joined, ...fresh];
}

type Cut = Pick<GaugeSamples, "times" | "values">;

function cut({ times, values }: Cut, isWanted: (time: number) => boolean): Cut {
  return {
    times: times.filter(isWanted),
    values: values.filter((_value, index) => isWanted(times[index] ?? 0)),
  };
}

function join(labels: readonly string[], parts: readonly Cut[]): GaugeSamples {
  return {
    labels,
    times: parts.flatMap(({ times }) => times),
    values: parts.flatMap(({ values }) => values),
  };
}
