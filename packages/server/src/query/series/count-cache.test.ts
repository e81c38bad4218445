import { evaluate, type SeriesReader } from "@spanlight/promql";
import { beforeEach, expect, test } from "vitest";
import type { Engine } from "../../store/engine.ts";
import { createTestStore } from "../../store/store.fixture.ts";
import { insertSpans, type SpanSeed } from "../spans.fixture.ts";
import { createSources, type Sources } from "./ask-spans.ts";
import { createLlmReader } from "./read-llm-series.ts";

const base = Date.UTC(2026, 10, 21);
const hourMs = 3_600_000;
let now: number;
let store: Engine;
let sources: Sources;
let reader: SeriesReader;
/** The reads of spans by the reader: "all" or the block they begin after. */
let reads: Array<string | number>;
let count = 0;

/** So many model calls at a time, in a block. */
async function insertCalls(
  calls: number,
  at: { minute: number; block: number; model?: string; user?: string },
): Promise<void> {
  const seeds = Array.from({ length: calls }, (): SpanSeed => {
    count += 1;
    return {
      trace: count,
      span: count,
      at: at.minute * 60_000,
      ms: 800,
      block: at.block,
      columns: {
        span_type: "model",
        billed: 1,
        service: "chat",
        model: at.model ?? "one",
        input_tokens: 5,
        user_id: at.user ?? "",
      },
    };
  });
  await insertSpans(store, seeds);
  now += 1_000;
}

async function ask(query: string, at = base + hourMs): Promise<number | undefined> {
  const { value } = await evaluate({ query, reader, startMs: at, endMs: at });
  return value.type === "vector" ? value.samples[0]?.value : undefined;
}

beforeEach(async () => {
  now = base + 2 * hourMs;
  const engine = await createTestStore();
  reads = [];
  store = engine;
  const watched: Engine = {
    ...engine,
    queryNative(query, onBytes) {
      const after = query.parameters?.["afterBlock"];
      if (query.sql.includes("FROM spans")) reads.push(typeof after === "number" ? after : "all");
      return engine.queryNative(query, onBytes);
    },
  };
  sources = createSources({ store: watched, project: "default", now: () => now });
  reader = createLlmReader(sources);
});

const REQUESTS = "sum(llm_requests_total)";
const BUCKETS = 'sum(llm_latency_ms_bucket{le="1000"})';

test("only blocks that have come since are counted again", async () => {
  await insertCalls(3, { minute: 1, block: 1 });
  expect([await ask(REQUESTS), await ask(BUCKETS)]).toEqual([3, 3]);
  expect(reads).toEqual(["all", 0]);
  await insertCalls(2, { minute: 2, block: 2, model: "two" });
  expect([await ask(REQUESTS), await ask(BUCKETS)]).toEqual([5, 5]);
  expect([await ask(REQUESTS), await ask(BUCKETS)]).toEqual([5, 5]);
  expect(reads.slice(2)).toEqual([1, 1]);
});

test("questions that come at once are answered by one read", async () => {
  await insertCalls(3, { minute: 1, block: 1 });
  expect(await Promise.all([ask(REQUESTS), ask(REQUESTS), ask(REQUESTS)])).toEqual([3, 3, 3]);
  expect(reads).toEqual(["all"]);
});

test("spans that are deleted, changed, or come with an older block make everything be counted anew", async () => {
  await insertCalls(3, { minute: 1, block: 2 });
  expect(await ask(REQUESTS)).toBe(3);
  await insertCalls(1, { minute: 1, block: 1 });
  expect(await ask(REQUESTS)).toBe(4);
  await store.command("ALTER TABLE spans DELETE WHERE block = 1 SETTINGS mutations_sync = 2");
  now += 1_000;
  expect(await ask(REQUESTS)).toBe(3);
  await store.command("ALTER TABLE spans UPDATE input_tokens = 7 WHERE 1 SETTINGS mutations_sync = 2");
  now += 1_000;
  expect(await ask("sum(llm_input_tokens_total)")).toBe(21);
  expect(reads).toEqual(["all", "all", "all", "all"]);
});

test("a table that always changes in other ways is counted without looking at it for a while", async () => {
  for (const block of [9, 8, 7, 6, 5, 4]) {
    await insertCalls(1, { minute: 1, block });
    expect(await ask(REQUESTS)).toBe(10 - block);
  }
  expect(reads).toEqual(["all", "all", "all", "all", "all", "all"]);
  now += 60_000;
  expect(await ask(REQUESTS)).toBe(6);
  await insertCalls(1, { minute: 1, block: 10 });
  expect(await ask(REQUESTS)).toBe(7);
  expect(reads.slice(6)).toEqual(["all", 9]);
});

test("a label set that grows block by block is joined before it is in too many pieces", async () => {
  await insertCalls(1, { minute: 1, block: 1 });
  for (let block = 2; block <= 36; block += 1) {
    await insertCalls(1, { minute: block, block });
    expect(await ask(REQUESTS)).toBe(block);
  }
  expect(reads.filter((read) => read === "all")).toHaveLength(1);
  const pieces = sources.cache
    .list()
    .flatMap(({ days }) => [...days.values()].map(({ rows }) => rows.length));
  expect(Math.max(...pieces)).toBeLessThan(33);
});

test("where a day of receipt is dropped only the days of its spans are counted anew", async () => {
  const dayMs = 24 * hourMs;
  await insertCalls(3, { minute: 1, block: 1 });
  await store.command(`INSERT INTO spans SELECT * REPLACE (received_at - INTERVAL 3 DAY AS received_at,
  start_time - INTERVAL 3 DAY AS start_time, slot - INTERVAL 3 DAY AS slot, 2 AS block) FROM spans`);
  const ago = base + hourMs - 3 * dayMs;
  expect([await ask(BUCKETS), await ask(BUCKETS, ago)]).toEqual([3, 3]);
  expect(reads).toEqual([0, 0]);
  const [oldest] = await store.query<{ id: string }>({
    sql: "SELECT min(partition_id) AS id FROM system.parts WHERE active AND database = currentDatabase() AND table = 'spans'",
  });
  await store.command(`ALTER TABLE spans DROP PARTITION ID '${oldest?.id}'`);
  now += 1_000;
  expect(await ask(BUCKETS)).toBe(3);
  expect(reads).toEqual([0, 0]);
  expect(await ask(BUCKETS, ago)).toBeUndefined();
  expect(reads).toEqual([0, 0, 0]);
});

test("the same counts serve other windows of the day", async () => {
  await insertCalls(3, { minute: 1, block: 1 });
  await insertCalls(4, { minute: 30, block: 2 });
  const total = async (minute: number): Promise<number | undefined> => {
    const at = base + minute * 60_000;
    const { value } = await evaluate({ query: "sum(llm_requests_total)", reader, startMs: at, endMs: at });
    return value.type === "vector" ? value.samples[0]?.value : undefined;
  };
  expect([await total(6), await total(31), await total(59)]).toEqual([3, 7, 7]);
  expect(reads).toEqual(["all"]);
});

test("active users are worked out again from the first new span on, and are the same as if all were", async () => {
  const active = async (minute: number): Promise<number | undefined> =>
    ask("sum(llm_active_users)", base + minute * 60_000);
  await insertCalls(1, { minute: 10, block: 1, user: "ann" });
  await insertCalls(2, { minute: 30, block: 2, user: "ben" });
  now = base + 40 * 60_000;
  expect([await active(12), await active(33), await active(38)]).toEqual([1, 1, 1]);
  await insertCalls(1, { minute: 31, block: 3, user: "ann" });
  await insertCalls(1, { minute: 29, block: 4, user: "eve" });
  const found = [await active(12), await active(31), await active(33), await active(34.5), await active(36)];
  reader = createLlmReader(createSources({ store, project: "default", now: () => now }));
  const fresh = [await active(12), await active(31), await active(33), await active(34.5), await active(36)];
  expect(found).toEqual(fresh);
  expect(found).toEqual([1, 2, 3, 3, 1]);
});
