import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { evaluate } from "@spanlight/promql";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readSettings } from "../config/config.ts";
import { insertSpans } from "../query/spans.fixture.ts";
import type { SpoolSnapshot } from "../spool/spool.ts";
import type { Engine } from "../store/engine.ts";
import { createTestStore } from "../store/store.fixture.ts";
import { createSeriesKeeping, type SeriesKeeping } from "./series-keeping.ts";

const now = Date.UTC(2026, 10, 21, 12);
let data: string;
let store: Engine;
/** How often the spans were read. */
let reads: number;
let waitingSpans: number;
/** Looks at the spool. */
let looks: number;
let opened: SeriesKeeping[];

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "spanlight-keeping-"));
  const engine = await createTestStore();
  [reads, waitingSpans, looks, opened] = [0, 0, 0, []];
  store = {
    ...engine,
    queryNative(query, onBytes) {
      if (query.sql.includes("FROM spans")) reads += 1;
      return engine.queryNative(query, onBytes);
    },
  };
  await insertSpans(
    store,
    Array.from({ length: 20 }, (_empty, index) => ({
      trace: index + 1,
      span: index + 1,
      at: index * 60_000,
      ms: 40 * index,
      columns: { span_type: "model", billed: 1, service: "chat", model: "one" },
    })),
  );
});

afterEach(async () => {
  await Promise.all(opened.map((keeping) => keeping.close(10_000)));
  await rm(data, { recursive: true, force: true });
});

function open(environment: Record<string, string> = {}): SeriesKeeping {
  const settings = readSettings({ environment: { SPANLIGHT_DATA: data, ...environment }, flags: {} });
  const keeping = createSeriesKeeping(settings, {
    engine: store,
    spool: {
      snapshot() {
        looks += 1;
        const figures = { totals: { traces: { received: 0 } }, inSpool: { traces: waitingSpans } };
        return figures as SpoolSnapshot; // what is looked at
      },
    },
    log: () => undefined,
    // The clock stands still for spans, and moves for looks at the spool.
    now: () => now + looks * 2_000,
    pace: { firstRoundMs: 1, busyCheckMs: 1, idleRests: 0, busyRests: 0 },
  });
  opened.push(keeping);
  return keeping;
}

async function readBuckets(keeping: SeriesKeeping): Promise<number | undefined> {
  const { value } = await evaluate({
    query: 'sum by (le) (llm_latency_ms_bucket{le="500"})',
    reader: keeping.open("default").reader,
    startMs: now,
    endMs: now,
  });
  return value.type === "vector" ? value.samples[0]?.value : undefined;
}

async function untilRound(keeping: SeriesKeeping): Promise<void> {
  while (keeping.report().rounds === 0) await delay(5);
}

test(
  "what was counted in idle moments answers after a restart without a look at the spans",
  { timeout: 60_000 },
  async () => {
    const first = open();
    first.open("default");
    first.start();
    await untilRound(first);
    await first.close(10_000);
    expect(first.report().questions).toBeGreaterThan(10);
    reads = 0;
    const second = open();
    expect(await readBuckets(second)).toBe(13);
    expect(reads).toBe(0);
  },
);

test("while spans wait for the store nothing is counted", { timeout: 60_000 }, async () => {
  waitingSpans = 100_000;
  const keeping = open();
  keeping.open("default");
  keeping.start();
  while (looks < 5) await delay(5);
  expect([reads, keeping.report().rounds]).toEqual([0, 0]);
  waitingSpans = 0;
  await untilRound(keeping);
  expect(reads).toBeGreaterThan(10);
});

test("where counts are not kept they are made when they are asked for, and nothing is written", async () => {
  const keeping = open({ SPANLIGHT_KEPT_SERIES: "off" });
  expect(await readBuckets(keeping)).toBe(13);
  await keeping.close(10_000);
  expect(keeping.report()).toMatchObject({ questions: 0, diskBytes: 0, savedAtMs: 0 });
});
