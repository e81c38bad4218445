import { StoreUnavailableError } from "./errors.ts";

/** Runs writes one after the other, in the order asked for. */
export interface WriteQueue {
  run<Result>(write: () => Promise<Result>): Promise<Result>;
  /** Refuses new writes and resolves when those asked for have settled. */
  close(): Promise<void>;
}

export function createWriteQueue(): WriteQueue {
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  return {
    run(write) {
      if (isClosed) return Promise.reject(new StoreUnavailableError("the store is closed"));
      const result = last.then(write);
      last = result.catch(() => undefined); // told to whoever asked; the next write does not depend on it
      return result;
    },
    async close() {
      isClosed = true;
      await last;
    },
  };
}
