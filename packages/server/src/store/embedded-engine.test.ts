import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test, vi } from "vitest";
import { openEmbeddedSessions } from "./embedded-sessions.ts";
import { readBlocks } from "./native/read-blocks.ts";
import type { Engine } from "./engine.ts";
import { createTestStore, openTestEngine } from "./store.fixture.ts";

let store: Engine;
const directory = mkdtempSync(join(tmpdir(), "spanlight-engine-"));

beforeAll(async () => {
  store = await createTestStore({ migrated: false });
});

test("every byte of a text parameter comes back as it went", async () => {
  const texts = [
    "",
    "it's",
    "a\\'b\\",
    "tab\tline\nreturn\rnul\0bell\u0007back\bfeed\f",
    "{x:String} -- */ ; DROP",
    "Grüße 🌍 \u2028",
    "\\N",
    String.fromCharCode(...Array.from({ length: 127 }, (_, index) => index)),
  ];
  for (const text of texts) {
    const rows = await store.query<{ text: string; list: string[] }>({
      sql: "SELECT {text:String} AS text, {list:Array(String)} AS list",
      parameters: { text, list: [text, "x"] },
    });
    expect(rows).toEqual([{ text, list: [text, "x"] }]);
  }
});

test("parameters of queries that run at once do not mix", async () => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      store.query<{ n: number }>({
        sql: "SELECT {n:UInt32} AS n, count() FROM numbers(100000)",
        parameters: { n: index },
      }),
    ),
  );
  expect(answers.map((rows) => rows[0]?.n)).toEqual(Array.from({ length: 40 }, (_, index) => index));
});

test("a query without a value for one of its parameters is refused, even right after one that had it", async () => {
  await store.query({ sql: "SELECT {n:UInt32}", parameters: { n: 1 } });
  await expect(store.query({ sql: "SELECT {n:UInt32}" })).rejects.toThrow(/no value for the parameter n/);
});

test("times are ISO 8601 with nanoseconds and 64-bit integers are text", async () => {
  const rows = await store.query({
    sql: "SELECT toDateTime64('2026-11-21 02:30:00.123456789', 9, 'UTC') AS t, {big:UInt64} AS big",
    parameters: { big: 18446744073709551615n },
  });
  expect(rows).toEqual([{ t: "2026-11-21T02:30:00.123456789Z", big: "18446744073709551615" }]);
});

test("a setting of one query does not stay for the next", async () => {
  const sql = "SELECT getSetting('max_threads') AS threads";
  const usual = await Promise.all([store.query({ sql }), store.query({ sql })]);
  const settings = { max_threads: 7 };
  const asked = await Promise.all([store.query({ sql, settings }), store.query({ sql, settings })]);
  expect(asked).toEqual([[{ threads: 7 }], [{ threads: 7 }]]);
  expect(await Promise.all([store.query({ sql }), store.query({ sql })])).toEqual(usual);
});

const endless = "SELECT count() FROM numbers(1000000000000) WHERE rand() % 7 = 0";

test("what runs and what waits is told while it does", async () => {
  const idle = {
    readsRunning: 0,
    readsWaiting: 0,
    oldestReadWaitMs: null,
    writesRunning: 0,
    writesWaiting: 0,
  };
  await vi.waitUntil(() => store.load().readsRunning === 0, { timeout: 20_000 }); // what a test before has cancelled
  expect(store.load()).toEqual({ ...idle, maxReadsRunning: 2, maxReadsWaiting: 128 });
  const abort = new AbortController();
  const reads = Array.from({ length: 5 }, () => store.query({ sql: endless, signal: abort.signal }));
  const writes = Array.from({ length: 3 }, () =>
    store.command("CREATE TABLE IF NOT EXISTS busy (a Int8) ENGINE = Memory"),
  );
  expect(store.load()).toMatchObject({
    readsRunning: 2,
    readsWaiting: 3,
    writesRunning: 1,
    writesWaiting: 2,
  });
  expect(store.load().oldestReadWaitMs).toBeGreaterThanOrEqual(0);
  await Promise.all(writes);
  abort.abort();
  await Promise.allSettled(reads);
  await vi.waitUntil(() => store.load().readsRunning === 0, { timeout: 20_000 });
  expect(store.load()).toMatchObject(idle);
});

test("a query that passes its deadline fails as such", async () => {
  await expect(store.query({ sql: endless, timeoutMs: 200 })).rejects.toMatchObject({
    code: "query_timeout",
  });
});

test("a read in columns that passes its deadline or fails in the engine says so", async () => {
  const ignore = (): void => undefined;
  await expect(store.queryNative({ sql: endless, timeoutMs: 200 }, ignore)).rejects.toMatchObject({
    code: "query_timeout",
  });
  const late = "SELECT throwIf(number = 500000) FROM numbers(1000000)";
  await expect(store.queryNative({ sql: late }, ignore)).rejects.toMatchObject({ engineCode: 395 });
  await expect(
    store.queryNative({ sql: "SELECT number FROM numbers(1000)", maxRows: 10 }, ignore),
  ).rejects.toMatchObject({ code: "query_too_large" });
  await expect(store.queryNative({ sql: "SELEC" }, ignore)).rejects.toMatchObject({ code: "query_failed" });
});

test("a small read in columns is one piece of the same bytes, and fails in the same ways", async () => {
  const query = { sql: "SELECT number, toString(number) AS text FROM numbers(1000)" };
  const collect = async (isSmall: boolean): Promise<Uint8Array[]> => {
    const pieces: Uint8Array[] = [];
    await store.queryNative({ ...query, isSmall }, (bytes) => {
      pieces.push(Uint8Array.from(bytes));
    });
    return pieces;
  };
  const [small, streamed] = [await collect(true), await collect(false)];
  expect(small).toHaveLength(1);
  expect(Buffer.concat(small).equals(Buffer.concat(streamed))).toBe(true);
  const none: Uint8Array[] = [];
  await store.queryNative({ sql: "SELECT number FROM numbers(0)", isSmall: true }, (bytes) => {
    none.push(bytes);
  });
  expect(none.reduce((sum, bytes) => sum + readRows(bytes), 0)).toBe(0);
  const ignore = (): void => undefined;
  await expect(store.queryNative({ sql: "SELEC", isSmall: true }, ignore)).rejects.toMatchObject({
    code: "query_failed",
  });
  await expect(
    store.queryNative({ sql: endless, timeoutMs: 200, isSmall: true }, ignore),
  ).rejects.toMatchObject({ code: "query_timeout" });
});

function readRows(bytes: Uint8Array): number {
  return readBlocks(bytes).reduce((sum, { rows }) => sum + rows, 0);
}

test("a reader of columns that gives up ends the query, and the session serves the next", async () => {
  const enough = new Error("enough");
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const read = store.queryNative({ sql: "SELECT number FROM numbers(100000000)" }, () => {
      throw enough;
    });
    await expect(read).rejects.toBe(enough);
  }
  const cancel = new AbortController();
  let pieces = 0;
  const read = store.queryNative(
    { sql: "SELECT number FROM numbers(1000000000)", signal: cancel.signal, maxRows: 2_000_000_000 },
    () => {
      pieces += 1;
      cancel.abort();
    },
  );
  await expect(read).rejects.toMatchObject({ code: "query_cancelled" });
  expect(pieces).toBe(1);
  expect(await Promise.all([1, 2, 3].map((n) => store.query({ sql: `SELECT ${n} AS n` })))).toEqual([
    [{ n: 1 }],
    [{ n: 2 }],
    [{ n: 3 }],
  ]);
});

test("a query that is cancelled stops in the engine too", async () => {
  const cancel = new AbortController();
  const answer = store.query({ sql: endless, signal: cancel.signal, timeoutMs: 120_000 });
  while ((await countRunning()) === 0);
  cancel.abort();
  await expect(answer).rejects.toMatchObject({ code: "query_cancelled" });
  // The engine lists a query until its session takes the next one: ask through all sessions at once.
  while ((await Promise.all([countRunning(), countRunning()])).some((count) => count > 0));
});

async function countRunning(): Promise<number> {
  const rows = await store.query<{ n: number }>({
    sql: "SELECT toUInt32(count()) AS n FROM system.processes WHERE query LIKE '%1000000000000%' AND query NOT LIKE '%processes%'",
  });
  return rows[0]?.n ?? 0;
}

test("a query that waits for its turn gives up at its deadline", async () => {
  const cancel = new AbortController();
  const busy = [0, 1].map(() => store.query({ sql: endless, signal: cancel.signal }));
  await expect(store.query({ sql: "SELECT 1", timeoutMs: 50 })).rejects.toMatchObject({
    code: "query_timeout",
  });
  cancel.abort();
  for (const query of busy) await expect(query).rejects.toMatchObject({ code: "query_cancelled" });
});

test("too much memory and too many rows are errors of their own", async () => {
  await expect(
    store.query({
      sql: "SELECT groupArray(number) FROM numbers(100000000)",
      settings: { max_memory_usage: 10_000_000 },
    }),
  ).rejects.toMatchObject({ code: "query_memory" });
  await expect(store.query({ sql: "SELECT number FROM numbers(100000)", maxRows: 10 })).rejects.toMatchObject(
    { code: "query_too_large" },
  );
  await expect(store.query({ sql: "SELECT nonsense" })).rejects.toMatchObject({
    code: "query_failed",
    engineCode: 47,
  });
});

/** Two rows of (text String, number UInt64) in ClickHouse's Native format. */
function renderNative(first: number, rows: number): Buffer {
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
  const numbers = Buffer.alloc(8 * rows);
  for (let row = 0; row < rows; row += 1) numbers.writeBigUInt64LE(BigInt(first + row), row * 8);
  const texts = Array.from({ length: rows }, (_, row) => text(`row ${first + row}`));
  return Buffer.concat([
    Buffer.from([2, rows]),
    text("text"),
    text("String"),
    ...texts,
    text("number"),
    text("UInt64"),
    numbers,
  ]);
}

test("a block of several files becomes one part with its number and its time", async () => {
  await store.command(`CREATE TABLE lines (block UInt64, received_at DateTime64(3, 'UTC'), number UInt64, text LowCardinality(String),
    PROJECTION by_text (SELECT text, count(), sum(number) GROUP BY text))
    ENGINE = MergeTree PARTITION BY toDate(received_at) ORDER BY number`);
  const files = ["a.native", "it's b.native"].map((name) => join(directory, name));
  writeFileSync(files[0]!, Buffer.concat([renderNative(1, 100), renderNative(101, 100)]));
  writeFileSync(files[1]!, renderNative(201, 50));
  const receivedAtMs = Date.UTC(2026, 10, 21, 2, 30, 0, 123);
  await store.insertBlock({ table: "lines", block: 7n, receivedAtMs, files });
  await store.insertBlock({ table: "lines", block: 9n, receivedAtMs, files: files.slice(1) });
  expect(
    await store.query({
      sql: `SELECT block, toString(received_at) AS at, toUInt32(count()) AS n, toUInt32(sum(number)) AS total, uniqExact(_part) AS parts
FROM lines GROUP BY block, received_at ORDER BY block`,
    }),
  ).toEqual([
    { block: "7", at: "2026-11-21 02:30:00.123", n: 250, total: 31375, parts: "1" },
    { block: "9", at: "2026-11-21 02:30:00.123", n: 50, total: 11275, parts: "1" },
  ]);
  expect(await store.listBlocks("lines", 0n)).toEqual(new Set([7n, 9n]));
  expect(await store.listBlocks("lines", 8n)).toEqual(new Set([9n]));
});

test("a torn file inserts nothing", async () => {
  await store.command(`CREATE TABLE torn (block UInt64, received_at DateTime64(3, 'UTC'), number UInt64, text String)
    ENGINE = MergeTree PARTITION BY toDate(received_at) ORDER BY number`);
  const whole = renderNative(1, 100);
  const file = join(directory, "torn.native");
  writeFileSync(file, Buffer.concat([whole, whole.subarray(0, whole.length - 5)]));
  await expect(
    store.insertBlock({ table: "torn", block: 1n, receivedAtMs: 0, files: [file] }),
  ).rejects.toMatchObject({ code: "query_failed" });
  expect(await store.listBlocks("torn", 0n)).toEqual(new Set());
});

test("a directory that another process uses is refused in one sentence", async () => {
  const engine = await openTestEngine();
  const other = await engine.forDatabase("default");
  const [row] = await other.query<{ path: string }>({
    sql: "SELECT value AS path FROM system.server_settings WHERE name = 'path'",
  });
  const script = `import { openEmbeddedSessions } from ${JSON.stringify(new URL("./embedded-sessions.ts", import.meta.url).href)};
    try { await openEmbeddedSessions({ directory: process.argv[1] }); } catch (error) { console.log(error.code + ": " + error.message); process.exit(0); }`;
  const output = execFileSync(
    process.execPath,
    ["--conditions=@spanlight/source", "--import", "tsx", "--input-type=module", "-e", script, row!.path],
    { encoding: "utf8", cwd: new URL("../../../..", import.meta.url) },
  );
  expect(output).toBe(
    `store_in_use: the data directory ${row!.path} is in use by process ${process.pid}; stop it, or give another directory\n`,
  );
});

test("a directory that cannot be written is refused in one sentence", async () => {
  const file = join(directory, "file");
  writeFileSync(file, "");
  await expect(openEmbeddedSessions({ directory: join(file, "data") })).rejects.toMatchObject({
    code: "store_unwritable",
    message: expect.stringContaining(`cannot write to the data directory ${file}/data`),
  });
});
