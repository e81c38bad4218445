import { availableParallelism, totalmem } from "node:os";
import { resolve } from "node:path";
import type * as Chdb from "chdb";
import { findLockHolder } from "./directory-lock.ts";
import { writeEngineConfig } from "./engine-config.ts";
import { StoreInUseError, StoreUnavailableError, StoreUnwritableError, toStoreError } from "./errors.ts";

export interface EmbeddedOptions {
  /** Directory of the engine's files; made when it is not there. One process per directory, one directory per process. */
  readonly directory: string;
  /** Reads at once; the write, a cancellation and Node's own file work share the same pool of threads. Default 2. */
  readonly readers?: number;
  /** Most memory of the engine in bytes; default half of the machine's. */
  readonly memoryBytes?: number | undefined;
  /** Threads for background merges; default as many as the machine has cores, two at least. */
  readonly mergeThreads?: number | undefined;
}

/** Connections to one embedded engine: each runs one statement at a time. */
export interface EmbeddedSessions {
  readonly writer: Chdb.Session;
  readonly readers: readonly Chdb.Session[];
  readonly killer: Chdb.Session;
  /** For statements that take minutes and neither read nor write what others do. */
  readonly maintainer: Chdb.Session;
  /** Most memory of the engine in bytes. */
  readonly memoryBytes: number;
  /** Resolves when nothing native is outstanding. */
  drain(): Promise<void>;
}

/** Opens the engine. Fails with `StoreInUseError`, `StoreUnwritableError` or `StoreUnavailableError`, in one sentence. */
export async function openEmbeddedSessions(options: EmbeddedOptions): Promise<EmbeddedSessions> {
  const directory = resolve(options.directory);
  if (/[*?{}]/.test(directory)) {
    // The engine reads segments by path, where these characters are patterns.
    throw new StoreUnwritableError(`the data directory ${directory} must not contain * ? { or } in its path`);
  }
  refuseDirectoryInUse(directory);
  const memoryBytes = options.memoryBytes ?? Math.floor(totalmem() / 2);
  const config = writeEngineConfig(directory, {
    memoryBytes,
    mergeThreads: options.mergeThreads ?? Math.max(2, availableParallelism()),
  });
  const chdb = await loadEngine();
  const open = (): Chdb.Session =>
    new chdb.Session(directory, { connectionArgs: [`--config-file=${config}`] });
  try {
    const writer = open();
    const readers = Array.from({ length: options.readers ?? 2 }, open);
    return {
      writer,
      readers,
      killer: open(),
      maintainer: open(),
      memoryBytes,
      drain: () => chdb.drainPending(),
    };
  } catch (cause) {
    const pid = findLockHolder(directory);
    if (pid !== undefined) throw inUse(directory, pid, cause);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StoreUnavailableError(
      `cannot open the store in ${directory}: ${reason}; another process may hold it, or its files may be damaged`,
      { cause },
    );
  }
}

/** Runs one statement or several, separated by `;`, on a session and answers the last one's rows as text. */
export async function runStatement(session: Chdb.Session, sql: string, what: string): Promise<string> {
  try {
    const result = await session.queryAsync(sql, { format: "JSONEachRow" });
    return result.text();
  } catch (cause) {
    throw toStoreError({ engineCode: readEngineCode(cause), cause, what });
  }
}

/** The same in the `Native` format, in one piece. */
export async function runNativeStatement(
  session: Chdb.Session,
  sql: string,
  what: string,
): Promise<Uint8Array> {
  try {
    const result = await session.queryAsync(sql, { format: "Native" });
    return result.bytes();
  } catch (cause) {
    throw toStoreError({ engineCode: readEngineCode(cause), cause, what });
  }
}

/** Runs one statement on a session and hands over its rows in the `Native` format; stops where `onBytes` fails. */
export async function streamStatement(
  session: Chdb.Session,
  { sql, what }: { sql: string; what: string },
  onBytes: (bytes: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const chunks = readChunks(session, { sql, what });
  try {
    let next = chunks.next();
    for (;;) {
      const chunk = await next;
      if (chunk.done === true) return;
      next = chunks.next();
      next.catch(() => undefined); // told when it is its turn, unless the chunk before fails first
      await onBytes(chunk.value);
    }
  } finally {
    await chunks.return();
  }
}

async function* readChunks(
  session: Chdb.Session,
  { sql, what }: { sql: string; what: string },
): AsyncGenerator<Uint8Array, void, void> {
  try {
    for await (const chunk of session.queryStream(sql, { format: "Native" })) yield chunk.raw();
  } catch (cause) {
    throw toStoreError({ engineCode: readEngineCode(cause), cause, what });
  }
}

/** The engine's number of an error; the errors of a stream have it one level down, or only in their text. */
function readEngineCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("clickhouseCode" in error && typeof error.clickhouseCode === "number") return error.clickhouseCode;
  const code = /^Code: (\d+)\./.exec(error.message)?.[1];
  return code === undefined ? readEngineCode(error.cause) : Number(code);
}

/** Throws StoreInUseError, which names the process, where another one has the directory of the engine's files. */
export function refuseDirectoryInUse(directory: string): void {
  const holder = findLockHolder(directory);
  if (holder !== undefined) throw inUse(directory, holder);
}

function inUse(directory: string, pid: number, cause?: unknown): StoreInUseError {
  return new StoreInUseError(
    `the data directory ${directory} is in use by process ${pid}; stop it, or give another directory`,
    { cause },
  );
}

async function loadEngine(): Promise<typeof Chdb> {
  try {
    return await import("chdb");
  } catch (cause) {
    throw new StoreUnavailableError(
      `the embedded engine does not run on ${process.platform}-${process.arch}: it needs Linux with glibc or macOS, ` +
        "on x64 or arm64; elsewhere use a container, or a ClickHouse server by its URL",
      { cause },
    );
  }
}
