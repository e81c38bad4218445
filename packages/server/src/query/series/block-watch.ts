import { randomUUID } from "node:crypto";
import type { Engine } from "../../store/engine.ts";
import { NO_PROJECTIONS } from "./count-spec.ts";

/** How far a table has grown. What was counted up to `block` is complete as long as `epoch` stays the same. */
export interface TableState {
  /** Changes whenever the table did anything but grow by newer blocks and lose whole days of receipt. */
  readonly epoch: string;
  /** The highest number of a block; 0 where there is none. */
  readonly block: number;
  /** So often days of receipt have gone from the table … */
  readonly drops: number;
  /** … and what ended after this, Unix seconds, was in none of them: what was counted before lacks nothing from there on. */
  readonly droppedUntilSeconds: number;
}

/** What a day of receipt holds. */
export interface SeenPartition {
  readonly rows: number;
  /** The last mutation that its parts went through, 0 for none: every mutation has a higher number than those before. */
  readonly mutation: number;
  /** The last slot of its spans, Unix seconds. */
  readonly lastSeconds: number;
}

/** A look at the table, so exact that a later process can tell whether it has only grown since. */
export interface SeenTable extends TableState {
  readonly partitions: Readonly<Record<string, SeenPartition>>;
}

export interface BlockWatch {
  /** The state of at most a quarter of a second ago. */
  current(): Promise<TableState>;
  /** The state now. */
  lookAgain(): Promise<TableState>;
  /** What was seen last; undefined before the first look and while the table is being changed. */
  seen(): SeenTable | undefined;
  /**
   * True where the table changed in other ways each time it was looked at lately, as one that several servers write does:
   * then nothing that was counted can be used again.
   */
  isBlind(): boolean;
}

interface Seen extends SeenTable {
  /** Mutations begun and ended, one changes what is read as it goes on; undefined where it was another process that looked. */
  readonly mutations: number | undefined;
  readonly pending: number;
}

/** Partitions come as tuples. */
interface Row {
  readonly partitions: ReadonlyArray<readonly [id: string, rows: number, mutation: number]>;
  readonly added: ReadonlyArray<readonly [id: string, rows: number, lastBlock: number, lastSeconds: number]>;
  readonly mutations: number;
  readonly pending: number;
}

export interface BlockWatchOptions {
  readonly store: Engine;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** What an earlier process saw last, where it told. */
  readonly recall?: (() => Promise<SeenTable | undefined>) | undefined;
}

/** How long an answer serves those who ask next: the panels of one dashboard ask within it. */
const FRESH_MS = 250;

/** So often in a row the table may have changed in other ways, and how long it is then left alone. */
const MOST_SURPRISES = 3;
const BLIND_MS = 60_000;

/** Watches the table of spans: only counts are compared, no rows are read but those of new blocks. */
export function createBlockWatch({ store, now, recall }: BlockWatchOptions): BlockWatch {
  let seen: Seen | undefined;
  let surprises = 0;
  let surprisedAtMs = -Infinity;
  let blindUntilMs = -Infinity;
  let asked: { readonly atMs: number; readonly state: Promise<TableState> } | undefined;

  async function begin(): Promise<Seen> {
    const recalled = await recall?.();
    return { ...(recalled ?? createNothing()), mutations: undefined, pending: 0 };
  }

  async function look(): Promise<TableState> {
    const before = seen ?? (await begin());
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const row = await readState(store, before.block);
      if (hasOnlyGrown(before, row)) {
        if (now() - surprisedAtMs > FRESH_MS) surprises = 0;
        seen = toSeen(row, before);
        return seen;
      }
      // A block may have come between the two counts: look once more before everything is counted anew.
    }
    surprises += seen === undefined ? 0 : 1;
    surprisedAtMs = now();
    if (surprises >= MOST_SURPRISES) {
      surprises = 0;
      blindUntilMs = now() + BLIND_MS;
    }
    seen = toSeen(await readState(store, 0), createNothing());
    return seen;
  }

  function ask(): Promise<TableState> {
    const last = asked?.state.catch(() => undefined) ?? Promise.resolve();
    const state = last.then(look);
    asked = { atMs: now(), state };
    state.catch(() => {
      if (asked?.state === state) asked = undefined;
    });
    return state;
  }

  return {
    isBlind: () => now() < blindUntilMs,
    seen: () => (seen === undefined || seen.pending > 0 ? undefined : seen),
    lookAgain: ask,
    current() {
      const atMs = now();
      if (asked === undefined || atMs - asked.atMs > FRESH_MS || atMs < asked.atMs) return ask();
      return asked.state;
    },
  };
}

function createNothing(): SeenTable {
  return { epoch: randomUUID(), block: 0, drops: 0, droppedUntilSeconds: 0, partitions: {} };
}

function hasOnlyGrown(before: Seen, row: Row): boolean {
  const isSettled = before.mutations === undefined ? row.pending === 0 : row.mutations === before.mutations;
  if (!isSettled) return false;
  const added = new Map(row.added.map(([id, rows]) => [id, rows]));
  const now = new Map(row.partitions.map(([id, rows, mutation]) => [id, { rows, mutation }]));
  const ids = new Set([...Object.keys(before.partitions), ...now.keys(), ...added.keys()]);
  return [...ids].every((id) => {
    const then = before.partitions[id] ?? { rows: 0, mutation: 0 };
    const { rows, mutation } = now.get(id) ?? { rows: 0, mutation: 0 };
    if (rows === 0 && !added.has(id)) return true; // gone as a whole
    // A first look counts every row, whatever has happened to it.
    return rows === then.rows + (added.get(id) ?? 0) && (mutation === then.mutation || before.block === 0);
  });
}

function toSeen(row: Row, before: SeenTable): Seen {
  const { mutations, pending } = row;
  const lastAdded = new Map(row.added.map(([id, , , lastSeconds]) => [id, lastSeconds]));
  const partitions: Record<string, SeenPartition> = {};
  for (const [id, rows, mutation] of row.partitions) {
    const lastSeconds = Math.max(before.partitions[id]?.lastSeconds ?? 0, lastAdded.get(id) ?? 0);
    partitions[id] = { rows, mutation, lastSeconds };
  }
  const gone = Object.entries(before.partitions).filter(([id]) => partitions[id] === undefined);
  return {
    epoch: before.epoch,
    block: row.added.reduce((last, [, , lastBlock]) => Math.max(last, lastBlock), before.block),
    drops: before.drops + gone.length,
    droppedUntilSeconds: gone.reduce(
      (last, [, { lastSeconds }]) => Math.max(last, lastSeconds),
      before.droppedUntilSeconds,
    ),
    partitions,
    mutations,
    pending,
  };
}

/** Names of parts end in the number of their last mutation, where they have had one. */
async function readState(store: Engine, block: number): Promise<Row> {
  const [row] = await store.query<Row>({
    sql: `SELECT
  (SELECT groupArray((id, rows, mutation)) FROM (
    SELECT partition_id AS id, toFloat64(sum(p.rows)) AS rows, toFloat64(max(toUInt64OrZero(splitByChar('_', name)[5]))) AS mutation
    FROM system.parts AS p WHERE active AND database = currentDatabase() AND table = 'spans' GROUP BY id
  )) AS partitions,
  (SELECT toFloat64(count() + sum(is_done)) FROM system.mutations WHERE database = currentDatabase() AND table = 'spans') AS mutations,
  (SELECT toFloat64(countIf(is_done = 0)) FROM system.mutations WHERE database = currentDatabase() AND table = 'spans') AS pending,
  (SELECT groupArray((id, rows, last, ended)) FROM (
    SELECT _partition_id AS id, toFloat64(count()) AS rows, toFloat64(max(block)) AS last, toFloat64(max(toUnixTimestamp(slot))) AS ended
    FROM spans WHERE block > {block:UInt64} GROUP BY id
  )) AS added`,
    parameters: { block },
    settings: NO_PROJECTIONS,
  });
  return row ?? { partitions: [], mutations: 0, pending: 0, added: [] };
}
