import type { ReaderLoad } from "./reader-pool.ts";
import type { WriteLoad } from "./write-queue.ts";

/** A value of a typed parameter `{name:Type}`. Bytes of FixedString columns go as hex through `unhex({name:String})`. */
export type ParameterValue = string | number | bigint | boolean | readonly ParameterValue[];

export type Parameters = Readonly<Record<string, ParameterValue>>;

/** One read. The SQL is text with `{name:Type}` placeholders; values travel apart from it. */
export interface Query {
  readonly sql: string;
  readonly parameters?: Parameters | undefined;
  /** Engine settings of this query alone. */
  readonly settings?: Readonly<Record<string, string | number>> | undefined;
  /** Milliseconds until the answer is of no use, waiting included. Default 15,000. */
  readonly timeoutMs?: number | undefined;
  /** More rows than this are an error, never a silent cut. Default 200,000; in columns 100,000,000. */
  readonly maxRows?: number | undefined;
  /**
   * For `queryNative`: the answer is a few megabytes at most. It then comes in one piece, made beside the event loop, which the
   * start of a stream holds for as long as the engine plans.
   */
  readonly isSmall?: boolean | undefined;
  /** Where the store is a cluster: parts, merges and mutations are asked of the shard of the store's address alone. */
  readonly isOfOwnShard?: boolean | undefined;
  /** Told when it is the read's turn: what came before was waiting for one of those that run to end. */
  readonly onTurn?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One block of rows for one table: files in ClickHouse `Native` format, each with every column but `block` and `received_at`. */
export interface Block {
  readonly table: string;
  /** Number of the block, rising over the life of the store; it is what makes a repeated insert visible. */
  readonly block: bigint;
  /** Unix milliseconds: one value for the block, so that it falls into one partition. */
  readonly receivedAtMs: number;
  /** Absolute paths. Together they must stay below the limits of one engine block: 1,048,449 rows, 256 MB. */
  readonly files: readonly string[];
}

/** What the engine works on now, and what waits for its turn; rearranging is in neither. */
export type EngineLoad = ReaderLoad & WriteLoad;

/**
 * The engine behind the store: SQL in, rows out. Its failures are `StoreError`s.
 *
 * - `query` reads: any number may be asked for at once, a few run, the rest wait in a bounded queue.
 * - `command` and `insertBlock` write, one at a time in the order asked for.
 * - `insertBlock` resolves only once the block is durable on disk, as exactly one part; it is all there or not at all.
 */
export interface Engine {
  /** Rows as objects: 64-bit integers are strings, times ISO 8601 in UTC with the column's precision, NaN is null. */
  query<Row>(query: Query): Promise<Row[]>;
  /**
   * The result in columns: whole blocks in ClickHouse's `Native` format, for `readBlocks`. The engine works on the next
   * bytes while `onBytes` looks at some, and waits until it is done with them: memory holds a few of them, however many
   * rows the result has. A failure of `onBytes` ends the query and is the failure of the whole.
   */
  queryNative(query: Query, onBytes: (bytes: Uint8Array) => void | Promise<void>): Promise<void>;
  /** Where the signal fires first it is not known whether it was done; the embedded engine does it all the same. */
  command(sql: string, parameters?: Parameters, signal?: AbortSignal): Promise<void>;
  /** Rearranges what is stored without changing what it says; may take minutes, beside reads and writes, one at a time. */
  maintain(sql: string): Promise<void>;
  /** Where the signal fires before the answer it is not known whether the block is stored: ask `listBlocks`. */
  insertBlock(block: Block, signal?: AbortSignal): Promise<void>;
  /** The block numbers a table holds, or held before retention dropped them, from `fromBlock` on. */
  listBlocks(table: string, fromBlock: bigint): Promise<Set<bigint>>;
  load(): EngineLoad;
  /** Takes no more work, cancels the reads that run, lets writes finish, then releases the engine. */
  close(): Promise<void>;
}
