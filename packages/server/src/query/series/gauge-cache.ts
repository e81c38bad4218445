import type { Engine } from "../../store/engine.ts";
import type { BlockWatch, TableState } from "./block-watch.ts";

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

/** Remembers samples that are worked out of the spans before them: only those after the first new span are read again. */
export interface GaugeCache {
  read(question: GaugeQuestion): Promise<readonly GaugeSamples[]>;
}

interface Entry extends TableState {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly samples: readonly GaugeSamples[];
}

/** Spans are gathered by minute: a span changes samples from the end of its minute on. */
const MINUTE = 60;
const MAX_ENTRIES = 100;

export function createGaugeCache(options: {
  readonly watch: BlockWatch;
  readonly store: Engine;
  readonly project: string;
}): GaugeCache {
  const { watch } = options;
  const entries = new Map<string, Entry>();

  async function readAll(question: GaugeQuestion): Promise<readonly GaugeSamples[]> {
    const { key, fromSeconds, toSeconds, read } = question;
    const before = await watch.current();
    const samples = await read(fromSeconds, toSeconds);
    const after = await watch.current();
    entries.delete(key);
    if (after.epoch === before.epoch && after.block === before.block) {
      const [oldest] = entries.keys();
      if (entries.size >= MAX_ENTRIES && oldest !== undefined) entries.delete(oldest);
      entries.set(key, { ...before, fromSeconds, toSeconds, samples });
    }
    return samples;
  }

  async function readNew(
    question: GaugeQuestion,
    entry: Entry,
    state: TableState,
  ): Promise<readonly GaugeSamples[]> {
    const { key, toSeconds, reachSeconds, read } = question;
    const end = Math.max(toSeconds, entry.toSeconds);
    const firstNew = await findFirstSlot(options, entry, state);
    const keptUntil = Math.floor(Math.min(entry.toSeconds, firstNew) / MINUTE) * MINUTE;
    const added = await read(keptUntil - reachSeconds, end);
    const samples = replaceAfter(entry.samples, added, keptUntil * 1000);
    entries.delete(key);
    entries.set(key, { ...state, fromSeconds: entry.fromSeconds, toSeconds: end, samples });
    return samples;
  }

  return {
    async read(question) {
      const entry = entries.get(question.key);
      const state = await watch.current();
      const { fromSeconds } = question;
      if (entry === undefined || entry.epoch !== state.epoch) return readAll(question);
      if (fromSeconds < entry.fromSeconds || fromSeconds > entry.toSeconds) return readAll(question);
      return readNew(question, entry, state);
    },
  };
}

/** The first slot of the spans in new blocks, Unix seconds; Infinity where there are none. */
async function findFirstSlot(
  { store, project }: { store: Engine; project: string },
  { block: after }: TableState,
  { block: upTo }: TableState,
): Promise<number> {
  if (after === upTo) return Infinity;
  const [row] = await store.query<{ first: number; spans: number }>({
    sql: `SELECT toUnixTimestamp(min(slot)) AS first, toFloat64(count()) AS spans FROM spans
WHERE project = {project:String} AND block > {after:UInt64} AND block <= {upTo:UInt64}`,
    parameters: { project, after, upTo },
  });
  return row === undefined || row.spans === 0 ? Infinity : row.first;
}

/** The old samples up to a time and the new ones after it. */
function replaceAfter(
  old: readonly GaugeSamples[],
  added: readonly GaugeSamples[],
  timeMs: number,
): GaugeSamples[] {
  const newer = new Map(added.map((one) => [one.labels.join("\0"), one]));
  const joined = old.map((one) => {
    const key = one.labels.join("\0");
    const next = newer.get(key);
    newer.delete(key);
    return join(
      one.labels,
      cut(one, (time) => time <= timeMs),
      next && cut(next, (time) => time > timeMs),
    );
  });
  const fresh = [...newer.values()].map((one) =>
    join(
      one.labels,
      cut(one, (time) => time > timeMs),
    ),
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

function join(labels: readonly string[], first: Cut, second?: Cut): GaugeSamples {
  const { times = [], values = [] } = second ?? {};
  return { labels, times: [...first.times, ...times], values: [...first.values, ...values] };
}
