import { randomBytes } from "node:crypto";
import { toClusterRead, toClusterStatements, toLocalName, type Cluster } from "./cluster-schema.ts";
import type { Block, Engine, Parameters, Query } from "./engine.ts";
import { QueryTimeoutError, StoreUnavailableError } from "./errors.ts";
import { readTableLayout, readBlockList, type TableLayout } from "./insert-block.ts";
import { parseRows } from "./parse-rows.ts";
import { createReaderPool, type ReaderPool } from "./reader-pool.ts";
import { connectRemote, type RemoteConnection, type RemoteStatement } from "./remote-connection.ts";
import { renderRemoteInsert } from "./remote-insert.ts";
import type { StoreAddress } from "./store-address.ts";
import { createWriteQueue } from "./write-queue.ts";

const defaultTimeoutMs = 15_000;
const defaultMaxRows = 200_000;
const defaultMaxNativeRows = 100_000_000;
const maxWaiting = 128;
const writeTimeoutMs = 300_000;
const maintenanceTimeoutMs = 3_600_000;
/** Blocks of one writer: 2^40 of them, enough for a million years at one a second. */
const blocksPerWriter = 1n << 40n;

export interface RemoteEngineOptions {
  readonly address: StoreAddress;
  /** Which of the servers that share the database this is, from 0: each has block numbers of its own. */
  readonly writer: number;
  /** Reads at once. */
  readonly readers: number;
}

/**
 * A ClickHouse server by its URL, behind the same interface as the embedded engine.
 *
 * A block is inserted at most once whatever the network does: its statement has an id that the server runs once at a time, and finds
 * out itself whether the table has the block before it inserts anything. On a cluster the insert token does that job in Keeper.
 */
export async function connectRemoteEngine(options: RemoteEngineOptions): Promise<Engine> {
  const { address, readers } = options;
  const connection = connectRemote(address, readers + 3);
  try {
    await makeDatabase(address);
  } catch (cause) {
    await connection.close();
    throw cause;
  }
  return createRemoteEngine(connection, options);
}

/** The database has to be there before a connection may name it; whoever may not make one uses one that is there. */
async function makeDatabase(address: StoreAddress): Promise<void> {
  const { database, cluster } = address;
  const connection = connectRemote({ ...address, database: "default" }, 1);
  const where = cluster === undefined ? "" : ` ON CLUSTER '${cluster}'`;
  const timing = { timeoutMs: defaultTimeoutMs, what: `opening the database ${database} of SPANLIGHT_STORE` };
  try {
    const found = await connection.readText({
      ...timing,
      sql: "SELECT name FROM system.databases WHERE name = {database:String}",
      parameters: { database },
      queryId: createQueryId(),
    });
    if (found.trim() !== "" && cluster === undefined) return;
    const sql = `CREATE DATABASE IF NOT EXISTS ${database}${where}`;
    await connection.command({ ...timing, sql, queryId: createQueryId() });
  } catch (cause) {
    if (!(cause instanceof QueryTimeoutError)) throw cause;
    throw new StoreUnavailableError(
      `${timing.what}: the ClickHouse server at ${address.url} does not answer within ${defaultTimeoutMs / 1000} s`,
      { cause },
    );
  } finally {
    await connection.close();
  }
}

/** What the parts of one engine share. */
interface Shared {
  readonly connection: RemoteConnection;
  readonly cluster: Cluster | undefined;
  readonly pool: ReaderPool<number>;
  readonly layouts: Map<string, TableLayout>;
}

function createRemoteEngine(connection: RemoteConnection, options: RemoteEngineOptions): Engine {
  const { address, writer } = options;
  const cluster =
    address.cluster === undefined ? undefined : { name: address.cluster, database: address.database };
  const firstBlock = BigInt(writer) * blocksPerWriter;
  const slots = Array.from({ length: options.readers }, (_, index) => index);
  const pool = createReaderPool(slots, maxWaiting);
  const shared: Shared = { connection, cluster, pool, layouts: new Map() };
  const writes = createWriteQueue();
  const upkeep = createWriteQueue();
  const stop = new AbortController();
  const storedName = (table: string): string => (cluster === undefined ? table : toLocalName(table));

  const engine: Engine = {
    query: async <Row>(query: Query) =>
      parseRows<Row>(await read(shared, query, (statement) => connection.readText(statement))),
    queryNative: (query, onBytes) =>
      read(shared, { ...query, maxRows: query.maxRows ?? defaultMaxNativeRows }, (statement) =>
        connection.readBytes(statement, onBytes),
      ),
    command: (sql, parameters = {}, signal) =>
      writes.run(() => change(shared, { sql, parameters, timeoutMs: writeTimeoutMs, signal })),
    maintain: (sql) =>
      upkeep.run(() =>
        change(shared, { sql, parameters: {}, timeoutMs: maintenanceTimeoutMs, signal: stop.signal }),
      ),
    insertBlock: (block, signal) =>
      writes.run(() => {
        const shifted = { ...block, table: storedName(block.table), block: firstBlock + block.block };
        return insert(engine, shared, { block: shifted, signal });
      }),
    async listBlocks(table, fromBlock) {
      const range = { fromBlock: firstBlock + fromBlock, beforeBlock: firstBlock + blocksPerWriter };
      const blocks = await readBlockList(engine, { name: table, storedName: storedName(table) }, range);
      return new Set(blocks.map((block) => block - firstBlock));
    },
    load: () => ({ ...pool.load(), ...writes.load() }),
    async close() {
      stop.abort();
      await Promise.all([pool.close(), writes.close(), upkeep.close()]);
      await connection.close();
    },
  };
  return engine;
}

async function insert(
  engine: Engine,
  { connection, cluster, layouts }: Shared,
  { block, signal }: { block: Block; signal: AbortSignal | undefined },
): Promise<void> {
  const layout = layouts.get(block.table) ?? (await readTableLayout(engine, block.table));
  layouts.set(block.table, layout);
  const statement = renderRemoteInsert(block, layout, { isReplicated: cluster !== undefined });
  const what = `the insert of block ${block.block} into ${block.table}`;
  await connection.insert({ ...statement, timeoutMs: writeTimeoutMs, signal, what }, block.files);
}

/** Runs a statement that changes something; on a cluster the ones that do the same there. */
async function change(
  shared: Shared,
  statement: { sql: string; parameters: Parameters; timeoutMs: number; signal?: AbortSignal | undefined },
): Promise<void> {
  const { connection, cluster } = shared;
  const statements =
    cluster === undefined
      ? [statement.sql]
      : toClusterStatements(statement.sql, cluster, await findSharded(connection));
  for (const sql of statements) {
    await connection.command({ ...statement, sql, queryId: createQueryId(), what: "the command" });
  }
}

/** Tells which tables have a local one behind them. */
async function findSharded(connection: RemoteConnection): Promise<(table: string) => boolean> {
  const text = await connection.readText({
    sql: "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'Distributed'",
    queryId: createQueryId(),
    timeoutMs: defaultTimeoutMs,
    what: "the list of tables",
  });
  const names = new Set(parseRows<{ name: string }>(text).map(({ name }) => name));
  return (table) => names.has(table);
}

/** Runs a read when it is its turn, within its deadline and until its signal fires. */
function read<Result>(
  { pool, cluster }: Shared,
  query: Query,
  work: (statement: RemoteStatement) => Promise<Result>,
): Promise<Result> {
  const {
    sql,
    parameters,
    settings = {},
    timeoutMs = defaultTimeoutMs,
    maxRows = defaultMaxRows,
    onTurn,
    signal,
  } = query;
  const deadline = Date.now() + timeoutMs;
  const queryId = createQueryId();
  return pool.run(
    () => {
      onTurn?.();
      const remainingMs = Math.max(1, deadline - Date.now());
      return work({
        sql: cluster === undefined ? sql : toClusterRead(sql, cluster, query.isOfOwnShard),
        parameters,
        settings: {
          date_time_output_format: "iso",
          output_format_json_quote_64bit_integers: 1,
          cancel_http_readonly_queries_on_client_close: 1,
          max_execution_time: remainingMs / 1000,
          max_result_rows: maxRows,
          ...(cluster === undefined ? {} : { distributed_product_mode: "global" }),
          ...settings,
        },
        queryId,
        timeoutMs: remainingMs,
        signal,
        what: "the query",
      });
    },
    { timeoutMs, signal },
  );
}

function createQueryId(): string {
  return `spanlight-${randomBytes(12).toString("hex")}`;
}
