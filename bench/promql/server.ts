import { setTimeout as delay } from "node:timers/promises";
import type { RunningServer } from "../ingest/processes.ts";

/** Resolves when nothing of a signal waits in the spool. */
export async function settle(url: string, signal: "metrics" | "traces"): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/api/ingest`);
    const answer = (await response.json()) as Record<typeof signal, { inSpool: number }>;
    if (answer[signal].inSpool === 0) return;
    await delay(200);
  }
}

export interface HealthWatch {
  /** Asks for health every 20 ms from now on. */
  resume(): void;
  stop(): Promise<{ readonly slowestMs: number; readonly peakMemoryMb: number }>;
}

/** Asks the server for its health while it works, and looks at its memory. */
export function watchHealth(server: RunningServer): HealthWatch {
  let [isRunning, isOver] = [false, false];
  let [slowestMs, peakMemoryMb] = [0, 0];
  const watching = (async () => {
    while (!isOver) {
      if (isRunning) {
        const startedAt = performance.now();
        await (await fetch(`${server.url}/healthz`)).text();
        slowestMs = Math.max(slowestMs, performance.now() - startedAt);
        peakMemoryMb = Math.max(peakMemoryMb, server.readMemoryBytes() / 1e6);
      }
      await delay(20);
    }
  })();
  return {
    resume() {
      isRunning = true;
    },
    async stop() {
      isOver = true;
      await watching;
      return { slowestMs, peakMemoryMb };
    },
  };
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
