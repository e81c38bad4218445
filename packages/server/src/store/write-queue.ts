import { StoreUnavailableError } from "./errors.ts";

/** What writes now, one at most, and what waits for its turn. */
export interface WriteLoad {
  readonly writesRunning: number;
  readonly writesWaiting: number;
}

/** Runs writes one after the other, in the order asked for. */
export interface WriteQueue {
  run<Result>(write: () => Promise<Result>): Promise<Result>;
  load(): WriteLoad;
  /** Refuses new writes and resolves when those asked for have settled. */
  close(): Promise<void>;
}

export function createWriteQueue(): WriteQueue {
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  let pending = 0;
  return {
    run(write) {
      if (isClosed) return Promise.reject(new StoreUnavailableError("the store is closed"));
      pending += 1;
      const result = last.then(write).finally(() => {
        pending -= 1;
      });
      last = result.catch(() => undefined); // told to whoever asked; the next write does not depend on it
      return result;
    },
    load() {
      const writesRunning = Math.min(pending, 1);
      return { writesRunning, writesWaiting: pending - writesRunning };
    },
    async close() {
      isClosed = true;
      await last;
    },
  };
}
