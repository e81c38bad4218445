import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { evaluate, labelsToRecord, type SeriesReader } from "@spanlight/promql";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Engine } from "../../../store/engine.ts";
import { createTestStore } from "../../../store/store.fixture.ts";
import { insertSpans, type SpanSeed } from "../../spans.fixture.ts";
import { createSeriesQueries, type SeriesQueries } from "../create-series-queries.ts";
import { USUAL_GAUGES, USUAL_QUESTIONS } from "./usual-questions.ts";

const base = Date.UTC(2026, 10, 21);
const hourMs = 3_600_000;
let now: number;
let store: Engine;
let directory: string;
let random: () => number;
let count: number;
let block: number;
/** The reads of spans: "all" or the block they begin after. */
let reads: Array<string | number>;

function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

beforeEach(async () => {
  now = base + 30 * hourMs;
  random = createRandom(11);
  [count, block] = [0, 0];
  reads = [];
  store = await createTestStore();
  directory = await mkdtemp(join(tmpdir(), "spanlight-kept-"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

function makeSpan(hoursAgo: number, ofBlock: number): SpanSeed {
  count += 1;
  const ms = Math.round(random() * 4000);
  const isTool = random() < 0.25;
  const failed = random() < 0.2;
  const call = {
    span_type: "model",
    billed: 1,
    provider: "openai",
    model: random() < 0.5 ? "gpt-4o" : "gpt-4o-mini",
    input_tokens: Math.floor(random() * 9000),
    output_tokens: 7,
    cache_read_tokens: random() < 0.5 ? 3 : null,
    cost_usd: random() / 10,
    ttft_ms: random() < 0.5 ? ms / 3 : null,
    user_id: `user ${Math.floor(random() * 4)}`,
  };
  return {
    trace: count,
    span: count,
    at: now - base - hoursAgo * hourMs - ms - 20_000,
    ms,
    status: failed ? 2 : 0,
    block: ofBlock,
    attributes: random() < 0.1 ? { "app.attempt": "2", "app.fallback.from": "other" } : {},
    columns: {
      ...(isTool ? { span_type: "tool", tool_name: `tool ${count % 3}` } : call),
      service: `service ${count % 2}`,
      error_type: failed ? "429" : "",
    },
  };
}

/** A block of spans, some of which ended long ago. */
async function insertBlock(spans: number, ofBlock?: number): Promise<void> {
  block += ofBlock === undefined ? 1 : 0;
  const seeds = Array.from({ length: spans }, () =>
    makeSpan(random() < 0.7 ? random() * 0.2 : random() * 28, ofBlock ?? block),
  );
  await insertSpans(store, seeds);
  now += 20_000;
}

function open(kept = true): SeriesQueries {
  const watched: Engine = {
    ...store,
    queryNative(query, onBytes) {
      const after = query.parameters?.["afterBlock"];
      if (query.sql.includes("FROM spans")) reads.push(typeof after === "number" ? after : "all");
      return store.queryNative(query, onBytes);
    },
  };
  const options = { store: kept ? watched : store, project: "default", now: () => now };
  return createSeriesQueries(kept ? { ...options, kept: { directory, version: "1" } } : options);
}

async function ask(reader: SeriesReader, query: string): Promise<Record<string, number>> {
  const { value } = await evaluate({ reader, query, startMs: now - 24 * hourMs, endMs: now, stepMs: hourMs });
  if (value.type !== "matrix") throw new Error(`${query} is a ${value.type}`);
  return Object.fromEntries(
    value.series.flatMap(({ labels, timestampsMs, values }) =>
      Array.from(values, (sample, index) => [
        `${JSON.stringify(labelsToRecord(labels))} ${timestampsMs[index]}`,
        sample,
      ]),
    ),
  );
}

/** One of each kind: from the rollup, from the spans, buckets, gauges, scaled by context windows. */
const QUERIES = [
  "sum by (service, model) (rate(llm_requests_total[10m]))",
  "sum by (tool) (rate(llm_tool_errors_total[10m]))",
  "sum by (service) (rate(llm_retries_total[10m]))",
  "sum by (le, service, model) (rate(llm_ttft_ms_bucket[10m]))",
  "sum by (le, service, model) (rate(llm_context_utilisation_ratio_bucket[10m]))",
  "sum by (service) (llm_active_users)",
  "sum by (user_id) (increase(llm_cost_dollars_total[3h]))",
  "sum(increase(llm_latency_ms_sum[3h])) / sum(increase(llm_latency_ms_count[3h]))",
  "llm_requests_total offset 1d",
];

/** What is remembered and what the spans say are the same. */
async function expectExact(series: SeriesQueries): Promise<void> {
  const raw = open(false);
  for (const query of QUERIES) {
    const [found, wanted] = [await ask(series.reader, query), await ask(raw.reader, query)];
    expect(Object.keys(found)).toEqual(Object.keys(wanted));
    for (const [key, value] of Object.entries(wanted)) {
      const isSame =
        Object.is(found[key], value) || Math.abs((found[key] ?? NaN) - value) < 1e-9 * Math.abs(value);
      expect(isSame, `${query} ${key}: ${found[key]}, not ${value}`).toBe(true);
    }
  }
}

const never = new AbortController().signal;

async function goRound({ keeper }: SeriesQueries): Promise<void> {
  await keeper?.goRound(() => Promise.resolve(), never);
}

async function save({ keeper }: SeriesQueries): Promise<void> {
  await keeper?.save();
}

test("what is remembered is what the spans say, whatever happens to them", { timeout: 120_000 }, async () => {
  for (let at = 0; at < 4; at += 1) await insertBlock(60);
  let series = open();
  await goRound(series);
  const events: ReadonlyArray<readonly [what: string, happen: () => Promise<void>]> = [
    ["spans come, some of them late", () => insertBlock(30)],
    ["counts are saved", () => save(series)],
    [
      "the process is killed",
      async () => {
        await insertBlock(10);
        series = open();
      },
    ],
    ["a block comes after younger ones", () => insertBlock(10, block - 1)],
    [
      "costs are recalculated",
      () =>
        store.command(
          "ALTER TABLE spans UPDATE cost_usd = cost_usd * 2 WHERE billed = 1 SETTINGS mutations_sync = 2",
        ),
    ],
    [
      "the process is killed after a save and a change that nobody saw",
      async () => {
        await goRound(series);
        await save(series);
        await store.command(
          "ALTER TABLE spans UPDATE cost_usd = 1 WHERE billed = 1 SETTINGS mutations_sync = 2",
        );
        series = open();
      },
    ],
    [
      "a day of receipt is dropped",
      async () => {
        block += 1;
        await store.command(
          `INSERT INTO spans SELECT * REPLACE (received_at - INTERVAL 3 DAY AS received_at, ${block} AS block) FROM spans WHERE block = 2`,
        );
        await goRound(series);
        await save(series);
        const [day] = await store.query<{ day: string }>({
          sql: "SELECT partition_id AS day FROM system.parts WHERE active AND database = currentDatabase() AND table = 'spans' ORDER BY day LIMIT 1",
        });
        await store.command(`ALTER TABLE spans DROP PARTITION ID '${day?.day}'`);
      },
    ],
    [
      "a day of receipt is dropped while nothing runs, and the process starts again",
      async () => {
        await goRound(series);
        await save(series);
        await store.command("ALTER TABLE spans DELETE WHERE block = 3 SETTINGS mutations_sync = 2");
        series = open();
      },
    ],
    [
      "midnight passes",
      async () => {
        await save(series);
        now = base + 49 * hourMs;
        await insertBlock(20);
      },
    ],
  ];
  for (const [what, happen] of events) {
    await happen();
    now += 1_000;
    await expectExact(series).catch((cause: unknown) => {
      throw new Error(`after: ${what}: ${String(cause)}`, { cause });
    });
  }
});

test("after a restart only the blocks that have come since are read", { timeout: 60_000 }, async () => {
  for (let at = 0; at < 3; at += 1) await insertBlock(40);
  const before = open();
  await goRound(before);
  await save(before);
  await insertBlock(10);
  reads = [];
  const after = open();
  for (const { query } of [...USUAL_QUESTIONS, ...USUAL_GAUGES]) await ask(after.reader, query);
  expect(new Set(reads)).toEqual(new Set([3, "all"])); // a gauge reads the minutes around new spans
  expect(reads.filter((read) => read === "all").length).toBeLessThanOrEqual(8);
  await expectExact(after);
});

test(
  "files that are damaged, longer than they should be, or gone are counted anew",
  { timeout: 60_000 },
  async () => {
    for (let at = 0; at < 3; at += 1) await insertBlock(40);
    const first = open();
    await goRound(first);
    await save(first);
    const files = (await readdir(directory)).filter((name) => name.endsWith(".counts")).toSorted();
    expect(files.length).toBeGreaterThan(9);
    await damage(files);
    await insertBlock(10);
    const second = open();
    await expectExact(second);
    await save(second);
    await insertBlock(10);
    await expectExact(open());
    await writeFile(join(directory, "manifest.json"), "{");
    await expectExact(open());
    await rm(directory, { recursive: true });
    await insertBlock(10);
    await expectExact(second);
    await save(second);
    await expectExact(open());
  },
);

/** One file gets a wrong byte, one loses its end, one gets more, as of an append that was cut off, one goes. */
async function damage([wrong = "", short = "", long = "", gone = ""]: readonly string[]): Promise<void> {
  const bytes = await readFile(join(directory, wrong));
  bytes[bytes.length - 3] = (bytes.at(-3) ?? 0) ^ 0xff;
  await writeFile(join(directory, wrong), bytes);
  await truncate(join(directory, short), 20);
  await appendFile(join(directory, long), "half a frame");
  await rm(join(directory, gone));
}

test("what another version wrote is not used", async () => {
  await insertBlock(20);
  const series = open();
  await goRound(series);
  await save(series);
  reads = [];
  const watched: Engine = {
    ...store,
    queryNative: (query, onBytes) => (reads.push("read"), store.queryNative(query, onBytes)),
  };
  const other = createSeriesQueries({
    store: watched,
    project: "default",
    now: () => now,
    kept: { directory, version: "2" },
  });
  await ask(other.reader, "sum by (le) (rate(llm_latency_ms_bucket[10m]))");
  expect(reads.length).toBeGreaterThan(0);
});

interface Panel {
  readonly panels?: readonly Panel[];
  readonly targets?: ReadonlyArray<{ readonly expr: string }>;
}

function listExpressions(panels: readonly Panel[]): string[] {
  return panels.flatMap(({ panels: inner = [], targets = [] }) => [
    ...targets.map(({ expr }) => expr),
    ...listExpressions(inner),
  ]);
}

test("after one round the shipped dashboard opens without a look at the spans", async () => {
  const file = resolve(import.meta.dirname, "../../../../../../deploy/grafana/spanlight-llm.json");
  const { panels } = JSON.parse(await readFile(file, "utf8")) as { panels: readonly Panel[] };
  const queries = listExpressions(panels).map((expression) =>
    expression.replaceAll("$__rate_interval", "480s").replaceAll(/\$(?:service|model|environment)\b/g, ".*"),
  );
  expect(queries.length).toBeGreaterThan(20);
  await insertBlock(60);
  const series = open();
  await goRound(series);
  expect(reads.length).toBeGreaterThan(10);
  reads = [];
  for (const query of queries) {
    await evaluate({ reader: series.reader, query, startMs: now - 24 * hourMs, endMs: now, stepMs: 120_000 });
    expect(reads, query).toEqual([]);
  }
});

test("a question that people ask is kept like the usual ones", async () => {
  await insertBlock(40);
  const query = "sum by (user_id) (increase(llm_cost_dollars_total[3h]))";
  const before = open();
  await ask(before.reader, query);
  await insertBlock(10);
  await goRound(before);
  await save(before);
  reads = [];
  await ask(open().reader, query);
  expect(reads).toEqual([]);
});
