// What the server counts of itself, and how it tells it.
import type { Server } from "@spanlight/contract";
import type { Spool } from "../spool/spool.ts";
import type { Engine } from "../store/engine.ts";
import { DiskWatch, type DiskWatchOptions } from "./disk-watch.ts";
import { windowMs } from "./durations.ts";
import { EventLoopWatch } from "./event-loop-watch.ts";
import { LagWatch } from "./lag-watch.ts";
import { RequestWatch } from "./request-watch.ts";
import { StoreWatch } from "./store-watch.ts";

export interface SelfWatch {
  /** The engine given, with every operation counted. */
  readonly engine: Engine;
  readonly requests: RequestWatch;
  readonly store: StoreWatch;
  readonly lag: LagWatch;
  readonly disk: DiskWatch;
  readonly eventLoop: EventLoopWatch;
  /** Unix milliseconds. */
  readonly startedAtMs: number;
  close(): void;
}

/** Begins to count. What is read to be told is not counted itself. */
export function createSelfWatch({ now, ...options }: DiskWatchOptions & { now: () => number }): SelfWatch {
  const store = new StoreWatch();
  const eventLoop = new EventLoopWatch();
  return {
    engine: store.watch(options.engine),
    requests: new RequestWatch(),
    store,
    lag: new LagWatch(),
    disk: new DiskWatch(options),
    eventLoop,
    startedAtMs: now(),
    close: () => eventLoop.close(),
  };
}

/** How the server is doing now and was doing in the last minutes. */
export async function reportServer(
  watch: SelfWatch,
  { spool, version }: { spool: Pick<Spool, "snapshot">; version: string },
): Promise<Server> {
  const { user, system } = process.cpuUsage();
  return {
    version,
    startedAt: new Date(watch.startedAtMs).toISOString(),
    windowMs,
    process: {
      residentMemoryBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
      eventLoopDelay: watch.eventLoop.report(),
    },
    lag: watch.lag.report(spool),
    queue: watch.engine.load(),
    requests: watch.requests.report(),
    operations: watch.store.report(),
    disk: await watch.disk.report(),
  };
}
