import type { Engine } from "../../store/engine.ts";

/** How far a table has grown. What was counted up to `block` is complete as long as `epoch` stays the same. */
export interface TableState {
  /** Rises whenever the table did anything but grow by newer blocks: rows were deleted, changed, or came late. */
  readonly epoch: number;
  /** The highest number of a block; 0 where there is none. */
  readonly block: number;
}

export interface BlockWatch {
  current(): Promise<TableState>;
  /**
   * True where the table changed in other ways each time it was looked at lately, as one that several servers write does:
   * then nothing that was counted can be used again.
   */
  isBlind(): boolean;
}

interface Seen {
  readonly block: number;
  readonly rows: number;
  /** Mutations begun and ended: one changes what is read as it goes on. */
  readonly mutations: number;
}

interface Row {
  readonly rows: number;
  readonly mutations: number;
  readonly added: number;
  readonly last: number;
}

/** How long an answer serves those who ask next: the panels of one dashboard ask within it. */
const FRESH_MS = 250;

/** So often in a row the table may have changed in other ways, and how long it is then left alone. */
const MOST_SURPRISES = 3;
const BLIND_MS = 60_000;

/** Watches the table of spans: only counts are compared, no rows are read but those of new blocks. */
export function createBlockWatch(store: Engine, now: () => number): BlockWatch {
  let seen: Seen = { block: 0, rows: 0, mutations: 0 };
  let epoch = 0;
  let surprises = 0;
  let blindUntilMs = -Infinity;
  let asked: { readonly atMs: number; readonly state: Promise<TableState> } | undefined;

  async function look(): Promise<TableState> {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const row = await readState(store, seen.block);
      if (row.mutations === seen.mutations && row.rows === seen.rows + row.added) {
        seen = { block: Math.max(seen.block, row.last), rows: row.rows, mutations: row.mutations };
        surprises = 0;
        return { epoch, block: seen.block };
      }
      // A block may have come between the two counts: look once more before everything is counted anew.
    }
    epoch += 1;
    surprises += 1;
    if (surprises >= MOST_SURPRISES) {
      surprises = 0;
      blindUntilMs = now() + BLIND_MS;
    }
    const row = await readState(store, 0);
    seen = { block: row.last, rows: row.added, mutations: row.mutations };
    return { epoch, block: seen.block };
  }

  return {
    isBlind: () => now() < blindUntilMs,
    current() {
      const atMs = now();
      if (asked === undefined || atMs - asked.atMs > FRESH_MS || atMs < asked.atMs) {
        const state = look();
        asked = { atMs, state };
        state.catch(() => {
          asked = undefined;
        });
      }
      return asked.state;
    },
  };
}

async function readState(store: Engine, block: number): Promise<Row> {
  const [row] = await store.query<Row>({
    sql: `SELECT
  (SELECT toFloat64(sum(rows)) FROM system.parts WHERE active AND database = currentDatabase() AND table = 'spans') AS rows,
  (SELECT toFloat64(count() + sum(is_done)) FROM system.mutations WHERE database = currentDatabase() AND table = 'spans') AS mutations,
  toFloat64(count()) AS added, toFloat64(max(block)) AS last
FROM spans
WHERE block > {block:UInt64}`,
    parameters: { block },
  });
  return row ?? { rows: 0, mutations: 0, added: 0, last: 0 };
}
