import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { openSpool, type Spool } from "../spool/spool.ts";
import type { Engine } from "../store/engine.ts";
import { createTestStore } from "../store/store.fixture.ts";
import { createLogIngest } from "./ingest-logs.ts";
import { createMetricIngest, type MetricIngest } from "./ingest-metrics.ts";
import type { SignalIngest } from "./group-commit.ts";
import { storedTables } from "./stored-tables.ts";

export interface TestWay {
  readonly store: Engine;
  readonly spool: Spool;
  readonly logs: SignalIngest;
  readonly metrics: MetricIngest;
  /** Unix milliseconds that the way takes for now; may be set. */
  readonly clock: { nowMs: number };
  /** Seals, waits for the store and reads. */
  stored<Row>(sql: string): Promise<Row[]>;
  close(): Promise<void>;
}

/** The way of logs and metrics from bytes to a store of its own. */
export async function openTestWay(
  options: { maxSeries?: number; maxBytes?: number; engine?: (store: Engine) => Engine } = {},
): Promise<TestWay> {
  const store = await createTestStore();
  const directory = mkdtempSync(join(tmpdir(), "spanlight-way-"));
  const clock = { nowMs: Date.UTC(2026, 10, 20, 12) };
  const spool = await openSpool({
    directory,
    engine: options.engine?.(store) ?? store,
    tables: storedTables,
    limits: {
      segmentRows: 100_000,
      segmentBytes: 10_000_000,
      segmentAgeMs: 20,
      maxBytes: options.maxBytes ?? 100_000_000,
      duplicateWindowMs: 600_000,
      duplicateWindowRequests: 1000,
    },
    log: () => undefined,
    now: Date.now,
    onStored: () => undefined,
  });
  const now = (): number => clock.nowMs;
  return {
    store,
    spool,
    clock,
    logs: createLogIngest({ spool, now }),
    metrics: createMetricIngest({ spool, now, maxSeries: options.maxSeries ?? 10_000 }),
    async stored<Row>(sql: string) {
      const waiting = (): number =>
        Object.values(spool.snapshot().inSpool).reduce((sum, items) => sum + items, 0);
      await expect.poll(waiting, { timeout: 15_000, interval: 5 }).toBe(0);
      return store.query<Row>({ sql });
    },
    async close() {
      await spool.close(10_000);
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** A spool of its own, whose directory a test may take away: then the disk refuses what is written. */
export async function openRefusableSpool(): Promise<{ store: Engine; directory: string; spool: Spool }> {
  const store = await createTestStore();
  const directory = mkdtempSync(join(tmpdir(), "spanlight-refused-"));
  const spool = await openSpool({
    directory,
    engine: store,
    tables: storedTables,
    limits: {
      segmentRows: 1000,
      segmentBytes: 1_000_000,
      segmentAgeMs: 10,
      maxBytes: 1_000_000,
      duplicateWindowMs: 600_000,
      duplicateWindowRequests: 1000,
    },
    log: () => undefined,
    now: Date.now,
    onStored: () => undefined,
  });
  return { store, directory, spool };
}
