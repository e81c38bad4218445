import { QueryCancelledError, QueryTimeoutError, StoreBusyError, StoreUnavailableError } from "./errors.ts";

interface Waiting<Session> {
  /** When it came, on the clock of `performance.now()`. */
  readonly since: number;
  readonly start: (session: Session) => void;
  readonly fail: (error: Error) => void;
}

/** What reads now, and what waits for a session. */
export interface ReaderLoad {
  readonly readsRunning: number;
  readonly maxReadsRunning: number;
  readonly readsWaiting: number;
  readonly maxReadsWaiting: number;
  /** Null where none waits. */
  readonly oldestReadWaitMs: number | null;
}

export interface ReaderPool<Session> {
  /** Waits for a free session, runs the work on it, gives the session back once the work has settled. */
  run<Result>(work: (session: Session) => Promise<Result>, wait: WaitOptions): Promise<Result>;
  load(): ReaderLoad;
  /** Fails what waits, and resolves when nothing runs any more. */
  close(): Promise<void>;
}

export interface WaitOptions {
  /** Milliseconds to wait for a free session at most. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Hands out sessions one query at a time, first come first served.
 *
 * Reads run on libuv's pool, which file writes, compression and the writing session share: as many reads as sessions,
 * the rest waits here and gives up at its deadline. `maxWaiting` bounds the queue.
 */
export function createReaderPool<Session>(
  sessions: readonly Session[],
  maxWaiting: number,
): ReaderPool<Session> {
  const free = [...sessions];
  const waiting = new Set<Waiting<Session>>();
  let closed: (() => void) | undefined;
  let isClosing = false;

  function release(session: Session): void {
    const next = waiting.values().next().value;
    if (next !== undefined) {
      next.start(session);
      return;
    }
    free.push(session);
    if (free.length === sessions.length) closed?.();
  }

  function acquire({ timeoutMs, signal }: WaitOptions): Promise<Session> {
    if (isClosing) return Promise.reject(new StoreUnavailableError("the store is closed"));
    if (signal?.aborted === true) return Promise.reject(new QueryCancelledError("the query was cancelled"));
    const session = free.pop();
    if (session !== undefined) return Promise.resolve(session);
    return waitForSession(waiting, { timeoutMs, signal, maxWaiting });
  }

  return {
    async run(work, wait) {
      const session = await acquire(wait);
      try {
        return await work(session);
      } finally {
        release(session);
      }
    },
    load: () => ({
      readsRunning: sessions.length - free.length,
      maxReadsRunning: sessions.length,
      maxReadsWaiting: maxWaiting,
      ...describeWaiting(waiting),
    }),
    close() {
      isClosing = true;
      for (const entry of waiting) entry.fail(new StoreUnavailableError("the store is closing"));
      if (free.length === sessions.length) return Promise.resolve();
      return new Promise((resolve) => {
        closed = resolve;
      });
    },
  };
}

function describeWaiting<Session>(
  waiting: ReadonlySet<Waiting<Session>>,
): Pick<ReaderLoad, "readsWaiting" | "oldestReadWaitMs"> {
  const oldest = waiting.values().next().value;
  const oldestReadWaitMs = oldest === undefined ? null : performance.now() - oldest.since;
  return { readsWaiting: waiting.size, oldestReadWaitMs };
}

function waitForSession<Session>(
  waiting: Set<Waiting<Session>>,
  { timeoutMs, signal, maxWaiting }: WaitOptions & { maxWaiting: number },
): Promise<Session> {
  if (waiting.size >= maxWaiting) {
    return Promise.reject(new StoreBusyError(`${waiting.size} queries wait already; try again in a moment`));
  }
  return new Promise((resolve, reject) => {
    function leave(): void {
      waiting.delete(entry);
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
    function onAbort(): void {
      entry.fail(new QueryCancelledError("the query was cancelled while it waited for its turn"));
    }
    const entry: Waiting<Session> = {
      since: performance.now(),
      start: (session) => {
        leave();
        resolve(session);
      },
      fail: (error) => {
        leave();
        reject(error);
      },
    };
    const timer = setTimeout(() => {
      entry.fail(new QueryTimeoutError("the query waited for its turn until its deadline; try again"));
    }, timeoutMs);
    signal?.addEventListener("abort", onAbort, { once: true });
    waiting.add(entry);
  });
}
