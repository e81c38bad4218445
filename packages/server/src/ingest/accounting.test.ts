// Received = stored + rejected + duplicates + in the spool, for every signal and every key, at every moment.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeProtobuf } from "../decode/otlp.fixture.ts";
import { createFixtureMeter, encodeLogs, encodeMetrics } from "../decode/otlp-signals.fixture.ts";
import { Pricer } from "../price/price-call.ts";
import { openSpool, type Spool, type SpoolSnapshot } from "../spool/spool.ts";
import type { Engine } from "../store/engine.ts";
import { createTestStore } from "../store/store.fixture.ts";
import { createLogIngest } from "./ingest-logs.ts";
import { createMetricIngest } from "./ingest-metrics.ts";
import { createTraceIngest } from "./ingest-traces.ts";
import { storedTables } from "./stored-tables.ts";

const signals = ["traces", "metrics", "logs"] as const;

let store: Engine;
let directory: string;
beforeAll(async () => {
  store = await createTestStore();
  directory = mkdtempSync(join(tmpdir(), "spanlight-accounting-"));
});
afterAll(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

function open(
  engine: Engine,
  onStored: () => void = () => undefined,
  place: string = directory,
): Promise<Spool> {
  return openSpool({
    directory: place,
    engine,
    tables: storedTables,
    limits: {
      segmentRows: 40,
      segmentBytes: 10_000_000,
      segmentAgeMs: 10,
      maxBytes: 100_000_000,
      duplicateWindowMs: 600_000,
      duplicateWindowRequests: 1000,
    },
    log: () => undefined,
    now: Date.now,
    onStored,
  });
}

async function countStored(): Promise<Record<string, number>> {
  const rows = await store.query<{ traces: string; metrics: string; logs: string }>({
    sql: `SELECT (SELECT count() FROM spans) AS traces,
      (SELECT countIf(metric != 'target_info') FROM metric_samples) AS metrics, (SELECT count() FROM logs) AS logs`,
  });
  return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([signal, count]) => [signal, Number(count)]));
}

/** Requests come with one of two keys or without any; what is sent again comes with another key of the project. */
const keyIds = ["first", "second", undefined, undefined];

/** Sends each signal 30 times at once: new requests, repeated ones, and ones of which a part is refused. */
async function sendAll(spool: Spool, round: string): Promise<void> {
  const traces = createTraceIngest({ spool, pricer: new Pricer() });
  const metrics = createMetricIngest({ spool, now: Date.now, maxSeries: 1000 });
  const logs = createLogIngest({ spool, now: Date.now });
  const work: Promise<unknown>[] = [];
  const { meter, collect } = createFixtureMeter();
  const counter = meter.createCounter("calls");
  for (let index = 0; index < 30; index += 1) {
    const project = `p${index % 3}`;
    const keyId = keyIds[index % keyIds.length];
    const spanId = (Number.parseInt(round, 36) * 1000 + index + 1).toString(16).padStart(16, "0");
    const spans = encodeProtobuf([{ spanId }, { spanId: "0000000000000000" }]);
    counter.add(1, { round });
    const points = encodeMetrics(await collect());
    const records = encodeLogs([{ body: `${round} ${index}` }]);
    for (const [ingest, bytes] of [
      [traces, spans],
      [metrics, points],
      [logs, records],
    ] as const) {
      work.push(ingest.accept({ project, keyId, bytes }));
      if (index % 5 === 0) work.push(ingest.accept({ project, keyId: "again", bytes }));
    }
  }
  await Promise.all(work);
}

function expectIdentity(snapshot: SpoolSnapshot): void {
  expectSums(snapshot);
  for (const account of snapshot.accounts) expectSums(account);
  for (const signal of signals) {
    const sum = (figure: (account: SpoolSnapshot["accounts"][number]) => number): number =>
      snapshot.accounts.reduce((total, account) => total + figure(account), 0);
    for (const figure of ["received", "accepted", "duplicates", "unpriced", "late"] as const)
      expect(sum(({ totals }) => totals[signal][figure])).toBe(snapshot.totals[signal][figure]);
    expect(sum(({ inSpool }) => inSpool[signal])).toBe(snapshot.inSpool[signal]);
  }
}

function expectSums({ totals, inSpool }: Pick<SpoolSnapshot, "totals" | "inSpool">): void {
  for (const signal of signals) {
    const { received, accepted, duplicates, rejected } = totals[signal];
    const refused = Object.values(rejected).reduce((sum, items) => sum + items, 0);
    expect(received, signal).toBe(accepted - inSpool[signal] + inSpool[signal] + refused + duplicates);
    expect(inSpool[signal], signal).toBeLessThanOrEqual(accepted);
  }
}

describe("the accounting of all signals", () => {
  it("adds up in every snapshot while requests arrive and segments are stored", async () => {
    const snapshots: SpoolSnapshot[] = [];
    const spool: Spool = await open(store, () => snapshots.push(spool.snapshot()));
    await sendAll(spool, "a");
    snapshots.push(spool.snapshot());
    await spool.close(10_000);
    expect(snapshots.length).toBeGreaterThan(2);
    for (const snapshot of snapshots) expectIdentity(snapshot);
    const { totals, inSpool } = spool.snapshot();
    expect(inSpool).toEqual({ traces: 0, metrics: 0, logs: 0 });
    expect(signals.map((signal) => totals[signal].accepted)).toEqual([30, 30, 30]);
    expect(totals.traces).toMatchObject({ received: 72, duplicates: 12, rejected: { invalid_span_id: 30 } });
    expect(totals.metrics).toMatchObject({ received: 36, duplicates: 6, rejected: {} });
    expect(totals.logs).toMatchObject({ received: 36, duplicates: 6, rejected: {} });
    expect(await countStored()).toEqual({ traces: 30, metrics: 30, logs: 30 });
    const { accounts } = spool.snapshot("p0");
    const received = Object.fromEntries(
      accounts.map(({ keyId, totals: own }) => [keyId, own.traces.received]),
    );
    // Of 30 requests every third is p0's; two spans each, and two of its requests come a second time.
    expect(received).toEqual({ first: 6, second: 4, again: 4, null: 10 });
    const again = accounts.find(({ keyId }) => keyId === "again");
    expect(again?.totals.traces).toMatchObject({ received: 4, accepted: 0, duplicates: 4 });
    expect(spool.snapshot("nobody").accounts).toEqual([]);
  });

  it("goes on from a file of a version that did not tell keys apart, as what came without a key", async () => {
    const own = mkdtempSync(join(tmpdir(), "spanlight-old-accounts-"));
    const traces = {
      received: 7,
      accepted: 4,
      rejected: { invalid_span_id: 1 },
      duplicates: 2,
      unpriced: 1,
      late: 0,
    };
    const none = { received: 0, accepted: 0, rejected: {}, duplicates: 0, unpriced: 0, late: 0 };
    const projects = { p0: { traces, metrics: none, logs: none } };
    writeFileSync(join(own, "accounting.json"), JSON.stringify({ throughBlock: 0, projects }));
    const spool = await open(
      { ...store, insertBlock: () => Promise.reject(new Error("down")) },
      undefined,
      own,
    );
    const before = spool.snapshot("p0");
    expect(before.accounts).toMatchObject([{ project: "p0", keyId: null, totals: projects.p0 }]);
    const logs = createLogIngest({ spool, now: Date.now });
    await logs.accept({ project: "p0", keyId: "first", bytes: encodeLogs([{ body: "after" }]) });
    await spool.close(0);
    const { totals, accounts } = spool.snapshot("p0");
    expect(totals).toMatchObject({ traces, logs: { received: 1, accepted: 1 } });
    expect(accounts.map(({ keyId }) => keyId)).toEqual([null, "first"]);
    rmSync(own, { recursive: true });
  });

  it("tells by project how many calls have no price and how many items came late, not counting repeated requests", async () => {
    const own = mkdtempSync(join(tmpdir(), "spanlight-notes-"));
    const spool = await open(
      { ...store, insertBlock: () => Promise.reject(new Error("down")) },
      undefined,
      own,
    );
    const traces = createTraceIngest({ spool, pricer: new Pricer() });
    const call = (model: string): Record<string, string | number> => ({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": model,
      "gen_ai.usage.input_tokens": 10,
    });
    const bytes = encodeProtobuf([{ attributes: call("gpt-4o") }, { attributes: call("nobody-knows") }]);
    await traces.accept({ project: "p", bytes });
    await traces.accept({ project: "p", bytes });
    expect(spool.snapshot("p").totals.traces).toMatchObject({ accepted: 2, unpriced: 1, late: 2 });
    expect(spool.snapshot("q").totals.traces).toMatchObject({ accepted: 0, unpriced: 0, late: 0 });
    const logs = createLogIngest({ spool, now: Date.now });
    await logs.accept({ project: "p", bytes: encodeLogs([{ body: "now" }]) });
    expect(spool.snapshot("p").totals.logs).toMatchObject({ accepted: 1, late: 0 });
    await spool.close(0);
    const again = await open(
      { ...store, insertBlock: () => Promise.reject(new Error("down")) },
      undefined,
      own,
    );
    expect(again.snapshot("p").totals.traces).toMatchObject({ accepted: 2, unpriced: 1, late: 2 });
    await again.close(0);
    rmSync(own, { recursive: true });
  });

  it("adds up after a restart that finds every signal waiting, and each item is stored once", async () => {
    const down = await open({ ...store, insertBlock: () => Promise.reject(new Error("down")) });
    await sendAll(down, "b");
    await down.close(0);
    const before = down.snapshot();
    expectIdentity(before);
    expect(before.inSpool).toEqual({ traces: 30, metrics: 30, logs: 30 });

    const spool = await open(store);
    expect(spool.snapshot().totals).toEqual(before.totals);
    expect(spool.snapshot().accounts).toEqual(before.accounts);
    expectIdentity(spool.snapshot());
    await spool.close(10_000);
    expect(await countStored()).toEqual({ traces: 60, metrics: 60, logs: 60 });
    const series = await store.query({
      sql: `SELECT count() AS samples FROM metric_samples AS s INNER JOIN
        (SELECT DISTINCT project, series_id FROM metric_series) AS l ON l.project = s.project AND l.series_id = s.series_id`,
    });
    expect(series).toEqual([{ samples: "60" }]);
  });
});
