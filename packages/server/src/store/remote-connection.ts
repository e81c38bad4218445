import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import {
  ClickHouseError,
  ClickHouseLogLevel,
  createClient,
  type ClickHouseClient,
  type ResponseHeaders,
} from "@clickhouse/client";
import type { Parameters } from "./engine.ts";
import { QueryCancelledError, QueryTimeoutError, StoreUnavailableError, toStoreError } from "./errors.ts";
import { createBlockCutter } from "./native/cut-blocks.ts";
import type { StoreAddress } from "./store-address.ts";

type Settings = Readonly<Record<string, string | number>>;

/** One statement for the server. */
export interface RemoteStatement {
  readonly sql: string;
  readonly parameters?: Parameters | undefined;
  readonly settings?: Settings | undefined;
  /** The server refuses a second statement of an id while the first one runs. */
  readonly queryId: string;
  /** Milliseconds until the answer is of no use. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** What failed, for messages. */
  readonly what: string;
}

/** Statements to a ClickHouse server over HTTP. Failures are `StoreError`s. */
export interface RemoteConnection {
  readText(statement: RemoteStatement): Promise<string>;
  readBytes(statement: RemoteStatement, onBytes: (bytes: Uint8Array) => void | Promise<void>): Promise<void>;
  command(statement: RemoteStatement): Promise<void>;
  /** A statement whose data are the files' bytes, one after the other. */
  insert(statement: RemoteStatement, files: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Errors come as a status before any byte of the answer: a stream cut by one would look like a short result. */
const whole: Settings = { wait_end_of_query: 1, async_insert: 0 };
/** Something is said while a statement runs, so that nothing on the way takes the connection for dead. */
const signsOfLife: Settings = {
  send_progress_in_http_headers: 1,
  http_headers_progress_interval_ms: 10_000,
};
const maxHeaderBytes = 1024 * 1024;
/** Above every deadline: those are kept here, per statement. */
const clientTimeoutMs = 3_600_000;

export function connectRemote(address: StoreAddress, maxConnections: number): RemoteConnection {
  const client = createClient({
    url: address.url,
    username: address.username,
    password: address.password,
    database: address.database,
    application: "spanlight",
    request_timeout: clientTimeoutMs,
    max_open_connections: maxConnections,
    max_response_headers_size: maxHeaderBytes,
    log: { level: ClickHouseLogLevel.OFF }, // every failure reaches whoever asked
    use_multipart_params_auto: true,
  });
  const run = <Result>(
    statement: RemoteStatement,
    work: (options: StatementOptions) => Promise<Result>,
  ): Promise<Result> => runWithin(client, address, statement, work);
  return {
    readText: (statement) =>
      run(statement, async (options) => {
        const result = await client.query({ ...options, query: statement.sql, format: "JSONEachRow" });
        checkServer(result.response_headers, () => result.close());
        return result.text();
      }),
    readBytes: (statement, onBytes) =>
      run(statement, async (options) => {
        const query = `${statement.sql}\nFORMAT Native`;
        const { stream, response_headers: headers } = await client.exec({ ...options, query });
        checkServer(headers, () => stream.destroy());
        const cutter = createBlockCutter();
        await handOver(stream, (bytes) => handBlocks(cutter.push(bytes), onBytes), options.abort_signal);
        await handBlocks(cutter.rest(), onBytes);
      }),
    command: (statement) =>
      run(statement, async (options) => {
        const { response_headers: headers } = await client.command({ ...options, query: statement.sql });
        checkServer(headers);
      }),
    insert: (statement, files) =>
      run(statement, async (options) => {
        const values = Readable.from(readFiles(files), { objectMode: false });
        const query = statement.sql;
        const { stream, response_headers: headers } = await client.exec({ ...options, query, values });
        checkServer(headers, () => stream.destroy());
        await handOver(stream, () => undefined, options.abort_signal);
      }),
    close: () => client.close(),
  };
}

interface StatementOptions {
  readonly query_params: Record<string, unknown>;
  readonly clickhouse_settings: Record<string, string | number>;
  readonly query_id: string;
  readonly abort_signal: AbortSignal;
}

async function runWithin<Result>(
  client: ClickHouseClient,
  address: StoreAddress,
  statement: RemoteStatement,
  work: (options: StatementOptions) => Promise<Result>,
): Promise<Result> {
  const { parameters = {}, settings = {}, queryId, timeoutMs, signal, what } = statement;
  const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
  const abort = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  try {
    return await work({
      query_params: { ...parameters },
      clickhouse_settings: { ...whole, ...signsOfLife, ...settings },
      query_id: queryId,
      abort_signal: abort,
    });
  } catch (cause) {
    if (abort.aborted) killOnServer(client, queryId);
    if (signal?.aborted === true) throw new QueryCancelledError(`${what} was cancelled`, { cause });
    if (timeout.aborted) {
      throw new QueryTimeoutError(`${what} took longer than it may; ask for a shorter range`, { cause });
    }
    throw toFailure(cause, address, what);
  }
}

/**
 * A ClickHouse server names itself in the headers of every answer. Whatever else says 200 (another server at the address, a proxy that has lost
 * its way) has done nothing: believed, it would make an insert of what was lost and an empty result of every question.
 */
function checkServer(headers: ResponseHeaders, leave: () => void = () => undefined): void {
  if (Object.keys(headers).some((name) => name.toLowerCase().startsWith("x-clickhouse-"))) return;
  leave();
  throw new Error("what answers there is no ClickHouse server, for it sends no X-ClickHouse header");
}

/** The server works on until it notices that nobody listens; its own time limit remains. */
function killOnServer(client: ClickHouseClient, queryId: string): void {
  client
    .command({
      query: "KILL QUERY WHERE query_id = {queryId:String} ASYNC",
      query_params: { queryId },
      abort_signal: AbortSignal.timeout(5000),
    })
    .catch(() => undefined); // unreachable, or not permitted
}

function toFailure(cause: unknown, { url }: StoreAddress, what: string): Error {
  if (cause instanceof ClickHouseError) return toStoreError({ engineCode: Number(cause.code), cause, what });
  if (cause instanceof HandlerError && cause.cause instanceof Error) return cause.cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreUnavailableError(`${what}: the ClickHouse server at ${url} does not answer: ${reason}`, {
    cause,
  });
}

/** A failure of whoever took the bytes: it is passed on as it is. */
class HandlerError extends Error {
  override readonly name = "HandlerError";
}

async function handOver(
  stream: Readable,
  onBytes: (bytes: Uint8Array) => void | Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const stop = (): void => void stream.destroy(new Error("aborted"));
  signal.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    for await (const bytes of stream as AsyncIterable<Uint8Array>) {
      try {
        await onBytes(bytes);
      } catch (cause) {
        throw new HandlerError("the bytes of a result were refused", { cause });
      }
    }
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function handBlocks(
  blocks: Uint8Array | undefined,
  onBytes: (bytes: Uint8Array) => void | Promise<void>,
): void | Promise<void> {
  return blocks === undefined || blocks.length === 0 ? undefined : onBytes(blocks);
}

async function* readFiles(files: readonly string[]): AsyncGenerator<Buffer> {
  for (const file of files) {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) yield chunk as Buffer;
  }
}
