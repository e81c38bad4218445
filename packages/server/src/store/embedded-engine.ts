import { setTimeout as delay } from "node:timers/promises";
import type { Session } from "chdb";
import type { Engine, Parameters, Query } from "./engine.ts";
import {
  type EmbeddedSessions,
  runNativeStatement,
  runStatement,
  streamStatement,
} from "./embedded-sessions.ts";
import { QueryCancelledError, QueryTimeoutError, StoreUnavailableError } from "./errors.ts";
import { readTableLayout, renderBlockInsert, readBlockList, type TableLayout } from "./insert-block.ts";
import { checkIdentifier, formatParameterSettings, quoteText } from "./parameters.ts";
import { parseRows } from "./parse-rows.ts";
import { createReaderPool, type ReaderPool } from "./reader-pool.ts";
import { createWriteQueue, type WriteQueue } from "./write-queue.ts";

const DEFAULT_TIMEOUT_MS = 15_000;
const DEFAULT_MAX_ROWS = 200_000;
const DEFAULT_MAX_NATIVE_ROWS = 100_000_000;
const MAX_WAITING = 128;
/** The engine looks at its clock between blocks of rows: it may overrun by this before it is told to stop. */
const GRACE_MS = 1_000;
const KILL_EVERY_MS = 50;

/** An engine and the sessions below it; `forDatabase` gives views that share them. */
export interface EmbeddedEngine {
  /** Makes the database if need be; `close` of the view leaves the engine open. */
  forDatabase(database: string): Promise<Engine>;
  close(): Promise<void>;
}

/** The engine in this process. Everything opened by `openEmbeddedSessions` belongs to it and ends with it. */
export function createEmbeddedEngine(sessions: EmbeddedSessions): EmbeddedEngine {
  const running = new Set<string>();
  const shared: Shared = {
    sessions,
    running,
    readers: createReaderPool(sessions.readers, MAX_WAITING),
    writes: createWriteQueue(),
    upkeep: createWriteQueue(),
    kill: (tag) => killUntilGone(sessions.killer, { tag, running }),
    nextTag: createCounter(),
    database: new WeakMap(),
  };
  return {
    async forDatabase(database) {
      const name = checkIdentifier(database);
      await shared.writes.run(() =>
        runStatement(sessions.writer, `CREATE DATABASE IF NOT EXISTS ${name}`, `create database ${name}`),
      );
      return createView(shared, name);
    },
    async close() {
      const readersDone = shared.readers.close();
      // A merge of a whole day takes minutes; stopped, it is as if it had not begun.
      await runStatement(sessions.killer, "SYSTEM STOP MERGES", "the end of merges");
      await Promise.all([...running].map((tag) => shared.kill(tag)));
      await Promise.all([readersDone, shared.writes.close(), shared.upkeep.close()]);
      await sessions.drain();
      const { readers, killer, maintainer, writer } = sessions;
      for (const session of [...readers, killer, maintainer, writer]) session.close();
    },
  };
}

/**
 * A statement that has not started yet is not found, so it is asked for again. `… SYNC` would not return: the engine
 * lists a query until its session takes the next one.
 */
async function killUntilGone(
  killer: Session,
  query: { tag: string; running: ReadonlySet<string> },
): Promise<void> {
  while (query.running.has(query.tag)) {
    await runStatement(
      killer,
      `KILL QUERY WHERE Settings['log_comment'] = '${query.tag}' ASYNC`,
      "the cancellation",
    );
    await delay(KILL_EVERY_MS);
  }
}

interface Shared {
  readonly sessions: EmbeddedSessions;
  /** Tags of the reads the engine works on. */
  readonly running: Set<string>;
  readonly readers: ReaderPool<Session>;
  readonly writes: WriteQueue;
  readonly upkeep: WriteQueue;
  readonly kill: (tag: string) => Promise<void>;
  readonly nextTag: () => string;
  /** The database each session stands in. */
  readonly database: WeakMap<Session, string>;
}

function createView(shared: Shared, database: string): Engine {
  const layoutOf = new Map<string, TableLayout>();
  let isClosed = false;

  async function write(sql: string, parameters: Parameters, what: string): Promise<void> {
    if (isClosed) throw new StoreUnavailableError("the store is closed");
    await shared.writes.run(() => {
      const settings = formatParameterSettings(sql, parameters);
      return runStatement(
        shared.sessions.writer,
        prepare(shared, { session: shared.sessions.writer, database, settings }) + sql,
        what,
      );
    });
  }

  const engine: Engine = {
    async query<Row>(query: Query): Promise<Row[]> {
      if (isClosed) throw new StoreUnavailableError("the store is closed");
      return parseRows(await readText(shared, { database, query }));
    },
    async queryNative(query, onBytes) {
      if (isClosed) throw new StoreUnavailableError("the store is closed");
      await readNative(shared, { database, query }, onBytes);
    },
    command: (sql, parameters = {}) => write(sql, parameters, "the command"),
    async maintain(sql) {
      if (isClosed) throw new StoreUnavailableError("the store is closed");
      const session = shared.sessions.maintainer;
      await shared.upkeep.run(() =>
        runStatement(session, prepare(shared, { session, database, settings: [] }) + sql, "the maintenance"),
      );
    },
    async insertBlock(block) {
      const layout = layoutOf.get(block.table) ?? (await readTableLayout(engine, block.table));
      layoutOf.set(block.table, layout);
      const { sql, parameters } = renderBlockInsert(block, layout);
      await write(sql, parameters, `the insert of block ${block.block} into ${block.table}`);
    },
    listBlocks: async (table, fromBlock) =>
      new Set(await readBlockList(engine, { name: table, storedName: table }, { fromBlock })),
    load: () => ({ ...shared.readers.load(), ...shared.writes.load() }),
    close() {
      isClosed = true;
      return Promise.resolve();
    },
  };
  return engine;
}

function readText(shared: Shared, asked: { database: string; query: Query }): Promise<string> {
  const { database, query } = asked;
  return read(shared, query, (session, settings) => {
    const sql = prepare(shared, { session, database, settings }) + withSettings(query);
    return runStatement(session, sql, "the query");
  });
}

async function readNative(
  shared: Shared,
  asked: { database: string; query: Query },
  onBytes: (bytes: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const { database } = asked;
  const query = { ...asked.query, maxRows: asked.query.maxRows ?? DEFAULT_MAX_NATIVE_ROWS };
  let isOver = false;
  const hand = (bytes: Uint8Array): void | Promise<void> => {
    if (isOver) throw new QueryCancelledError("the query was cancelled");
    return onBytes(bytes);
  };
  try {
    await read(shared, query, async (session, settings) => {
      if (query.isSmall === true) {
        const sql = prepare(shared, { session, database, settings }) + withSettings(query);
        const bytes = await runNativeStatement(session, sql, "the query");
        if (bytes.length > 0) await hand(bytes);
        return;
      }
      // A stream takes one statement alone, so what stands before it goes ahead.
      await runStatement(session, prepare(shared, { session, database, settings }), "the query");
      await streamStatement(session, { sql: withSettings(query), what: "the query" }, hand);
    });
  } finally {
    isOver = true; // past its deadline the engine may still answer, but nobody listens
  }
}

/** Runs a read on a free session, within its deadline and until its signal fires. */
async function read<Result>(
  shared: Shared,
  query: Query,
  run: (session: Session, settings: readonly string[]) => Promise<Result>,
): Promise<Result> {
  const deadline = Date.now() + (query.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const { signal } = query;
  const tag = shared.nextTag();
  let settleEarly: (error: Error) => void = () => {};
  const early = new Promise<never>((_resolve, reject) => {
    settleEarly = reject;
  });
  const stop = (error: Error): void => {
    settleEarly(error);
    shared.kill(tag).catch(() => undefined); // the engine's own time limit remains
  };
  const onAbort = (): void => stop(new QueryCancelledError("the query was cancelled"));
  const timer = setTimeout(
    () => stop(new QueryTimeoutError("the query took longer than it may; ask for a shorter range")),
    deadline - Date.now() + GRACE_MS,
  );
  signal?.addEventListener("abort", onAbort, { once: true });
  const answer = shared.readers.run(
    async (session) => {
      if (signal?.aborted === true) throw new QueryCancelledError("the query was cancelled");
      query.onTurn?.();
      const settings = readSettings(shared, { query, tag, remainingMs: deadline - Date.now() });
      shared.running.add(tag);
      try {
        return await run(session, settings);
      } finally {
        shared.running.delete(tag);
      }
    },
    { timeoutMs: deadline - Date.now(), signal },
  );
  try {
    return await Promise.race([answer, early]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    answer.catch(() => undefined); // its failure after an early answer has been told already
  }
}

function readSettings(shared: Shared, read: { query: Query; tag: string; remainingMs: number }): string[] {
  const { query, tag, remainingMs } = read;
  return [
    `log_comment = '${tag}'`,
    "date_time_output_format = 'iso'",
    "output_format_json_quote_64bit_integers = 1",
    `max_execution_time = ${Math.max(remainingMs, 1) / 1000}`,
    `max_result_rows = ${query.maxRows ?? DEFAULT_MAX_ROWS}`,
    `max_memory_usage = ${Math.floor(shared.sessions.memoryBytes / (shared.sessions.readers.length + 1))}`,
    ...formatParameterSettings(query.sql, query.parameters ?? {}),
  ];
}

/** Settings of one query stand in its own clause: what `SET` changes stays with the session. */
function withSettings({ sql, settings = {} }: Query): string {
  const clauses = Object.entries(settings).map(
    ([name, value]) => `${checkIdentifier(name)} = ${typeof value === "number" ? value : quoteText(value)}`,
  );
  return clauses.length === 0 ? sql : `${sql}\nSETTINGS ${clauses.join(", ")}`;
}

/** What stands before a statement: its database where the session is in another one, and its settings. */
function prepare(
  shared: Shared,
  to: { session: Session; database: string; settings: readonly string[] },
): string {
  const isThere = shared.database.get(to.session) === to.database;
  shared.database.set(to.session, to.database);
  const use = isThere ? "" : `USE ${to.database}; `;
  return to.settings.length === 0 ? use : `${use}SET ${to.settings.join(", ")}; `;
}

function createCounter(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `spanlight-${process.pid}-${count}`;
  };
}
