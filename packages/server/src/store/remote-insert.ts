import type { Block, Parameters } from "./engine.ts";
import type { TableLayout } from "./insert-block.ts";
import { checkIdentifier, quoteText } from "./parameters.ts";

/** An insert whose data come as the request's body, in the `Native` format. */
export interface RemoteInsert {
  readonly sql: string;
  readonly parameters: Parameters;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly queryId: string;
}

/**
 * One statement that becomes one part, or none where the table has the block already: a request that was given up and arrives late finds
 * what its successor has done. Its id is the block's, and a server runs one statement of an id at a time. Replicas commit the token
 * with the part in Keeper, whichever of them the request reaches.
 */
export function renderRemoteInsert(
  { table, block, receivedAtMs }: Block,
  { columns, columnTypes, wordIndexes }: TableLayout,
  { isReplicated }: { isReplicated: boolean },
): RemoteInsert {
  const list = columns.map((name) => checkIdentifier(name)).join(", ");
  const structure = columns.map((name, index) => `${name} ${columnTypes[index] ?? "String"}`).join(", ");
  const sql = `INSERT INTO ${checkIdentifier(table)} (block, received_at, ${list})
SELECT {block:UInt64}, fromUnixTimestamp64Milli({receivedAtMs:Int64}, 'UTC'), ${list}
FROM input(${quoteText(structure)})
WHERE (SELECT count() FROM ${checkIdentifier(table)}
  WHERE block = {block:UInt64} AND received_at > fromUnixTimestamp64Milli({receivedAtMs:Int64}, 'UTC') - INTERVAL 3 DAY) = 0
FORMAT Native`;
  const id = `spanlight-${table}-${block}`;
  return {
    sql,
    parameters: { block, receivedAtMs },
    queryId: id,
    settings: {
      max_insert_threads: 1,
      max_threads: 1,
      max_insert_block_size: 4_194_304,
      max_block_size: 4_194_304,
      min_insert_block_size_rows: 4_194_304,
      min_insert_block_size_bytes: 4_294_967_296,
      input_format_native_allow_types_conversion: 1,
      exclude_materialize_skip_indexes_on_insert: wordIndexes.join(", "),
      insert_deduplicate: isReplicated ? 1 : 0,
      ...(isReplicated ? { insert_deduplication_token: id } : {}),
    },
  };
}
