import type { Block, Engine, Parameters } from "./engine.ts";
import { checkIdentifier, quoteText } from "./parameters.ts";

/** Columns that the insert adds; all others come from the block's files. */
const ADDED = new Set(["block", "received_at"]);

/** What an insert has to know of its table. */
export interface TableLayout {
  /** The columns that a block's files carry, in the table's order. */
  readonly columns: readonly string[];
  /** Their types in the table; a block's own types may be plainer and are cast. */
  readonly columnTypes: readonly string[];
  /** Indexes over words. They are built when parts are merged: at insert they would cost as much as all the rest of it. */
  readonly wordIndexes: readonly string[];
}

export async function readTableLayout(engine: Engine, table: string): Promise<TableLayout> {
  const columns = await engine.query<{ name: string; type: string }>({
    sql: `SELECT name, type FROM system.columns
WHERE database = currentDatabase() AND table = {table:String} AND default_kind NOT IN ('ALIAS', 'MATERIALIZED')
ORDER BY position`,
    parameters: { table },
  });
  const wordIndexes = await engine.query<{ name: string }>({
    sql: `SELECT name FROM system.data_skipping_indices
WHERE database = currentDatabase() AND table = {table:String} AND type IN ('tokenbf_v1', 'ngrambf_v1', 'text')`,
    parameters: { table },
  });
  const carried = columns.filter(({ name }) => !ADDED.has(name));
  return {
    columns: carried.map((row) => row.name),
    columnTypes: carried.map((row) => row.type),
    wordIndexes: wordIndexes.map((row) => row.name),
  };
}

/**
 * One statement that becomes one part: one thread, and block limits above what a segment may hold, so the engine
 * never cuts it in two.
 */
export function renderBlockInsert(
  block: Block,
  { columns, wordIndexes }: TableLayout,
): { sql: string; parameters: Parameters } {
  const list = columns.map((name) => checkIdentifier(name)).join(", ");
  // One SELECT per file, no pattern: a pattern passes over a file that is not there.
  const selects = block.files.map(
    (file) => `SELECT {block:UInt64}, fromUnixTimestamp64Milli({receivedAtMs:Int64}, 'UTC'), ${list}
FROM file(${quoteText(file)}, 'Native')`,
  );
  const sql = `INSERT INTO ${checkIdentifier(block.table)} (block, received_at, ${list})
${selects.join("\nUNION ALL\n")}
SETTINGS max_insert_threads = 1, max_threads = 1, max_insert_block_size = 4194304, max_block_size = 4194304,
  min_insert_block_size_rows = 4194304, min_insert_block_size_bytes = 4294967296, parallel_distributed_insert_select = 0,
  exclude_materialize_skip_indexes_on_insert = ${quoteText(wordIndexes.join(", "))}`;
  return { sql, parameters: { block: block.block, receivedAtMs: block.receivedAtMs } };
}

/**
 * Blocks from the first to before the last, those that were dropped among them (`drop-parts.ts`). The stored name is the one of the
 * table that inserts go to.
 */
export async function readBlockList(
  engine: Engine,
  table: { readonly name: string; readonly storedName: string },
  { fromBlock, beforeBlock = 1n << 63n }: { readonly fromBlock: bigint; readonly beforeBlock?: bigint },
): Promise<bigint[]> {
  const rows = await engine.query<{ block: string }>({
    sql: `SELECT DISTINCT block FROM (
  SELECT DISTINCT block FROM ${checkIdentifier(table.storedName)} WHERE block >= {fromBlock:UInt64} AND block < {beforeBlock:UInt64}
  UNION ALL
  SELECT block FROM dropped_blocks
  WHERE table_name = {table:String} AND block >= {fromBlock:UInt64} AND block < {beforeBlock:UInt64}
) ORDER BY block`,
    parameters: { fromBlock, beforeBlock, table: table.name },
    maxRows: 10_000_000,
    timeoutMs: 120_000,
  });
  return rows.map(({ block }) => BigInt(block));
}
