/** How long a process that is about to end waits for its last spans. */
const exitTimeoutMs = 5000;

export interface ExitFlush {
  /** Sends what has ended. */
  readonly flush: (timeoutMs: number) => Promise<void>;
  /** Sends that and what can only end with the process. */
  readonly end: (timeoutMs: number) => Promise<void>;
}

/**
 * Flushes when the event loop runs dry and on SIGTERM. A process with SIGTERM handlers of its own ends when they say so; one
 * without ends by SIGTERM as it would have, after the flush. `process.exit()` flushes nothing: what it can lose is what ended
 * since the last batch went out. Returns what takes the listeners away.
 */
export function flushOnExit({ flush, end }: ExitFlush): () => void {
  let flushing = false;
  let leftMs = exitTimeoutMs;
  const onBeforeExit = (): void => {
    // Node asks again after every flush that did something; a server that is down must not hold the process for ever.
    if (flushing || leftMs <= 0) return;
    flushing = true;
    const startedMs = performance.now();
    void end(leftMs).finally(() => {
      flushing = false;
      leftMs -= performance.now() - startedMs;
    });
  };
  const onTerminate = (): void => {
    const isAlone = process.listenerCount("SIGTERM") === 1;
    void (isAlone ? end : flush)(exitTimeoutMs).finally(() => {
      if (!isAlone) return;
      process.removeListener("SIGTERM", onTerminate);
      process.kill(process.pid, "SIGTERM");
    });
  };
  process.on("beforeExit", onBeforeExit);
  process.on("SIGTERM", onTerminate);
  return () => {
    process.removeListener("beforeExit", onBeforeExit);
    process.removeListener("SIGTERM", onTerminate);
  };
}
