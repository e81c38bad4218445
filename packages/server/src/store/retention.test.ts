import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { packClosedDays } from "./compaction.ts";
import type { Engine } from "./engine.ts";
import { applyRetention, type RetentionRule } from "./retention.ts";
import { createTestStore } from "./store.fixture.ts";

const nowMs = Date.UTC(2026, 10, 21, 12);
let store: Engine;

const rule: RetentionRule = { name: "calls", tables: ["kept", "beside"], days: null, maxBytes: null };

beforeAll(async () => {
  store = await createTestStore({ migrated: false });
  for (const table of ["kept", "beside", "other"]) {
    await store.command(
      `CREATE TABLE ${table} (received_at DateTime64(3, 'UTC'), n UInt64, text String) ENGINE = MergeTree
PARTITION BY toDate(received_at) ORDER BY n TTL toDateTime(received_at) + INTERVAL 1 DAY RECOMPRESS CODEC(ZSTD(3))
SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1`,
    );
  }
});
beforeEach(async () => {
  for (const table of ["kept", "beside", "other"]) await store.command(`TRUNCATE TABLE ${table}`);
});

/** A thousand rows of text that hardly packs. */
const insert = (table: string, receivedAt: string): Promise<void> =>
  store.command(
    `INSERT INTO ${table} SELECT {at:String}, number, hex(sipHash128(number)) FROM numbers(1000)`,
    { at: receivedAt },
  );
const listDays = async (table: string): Promise<string[]> => {
  const sql = `SELECT DISTINCT toString(toDate(received_at)) AS day FROM ${table} ORDER BY day`;
  return (await store.query<{ day: string }>({ sql })).map(({ day }) => day);
};

describe("retention", () => {
  it("by age drops days of receipt, and keeps the edge and what arrived lately", async () => {
    for (const at of [
      "2026-10-20 00:00:00",
      "2026-10-21 23:59:59.999",
      "2026-10-22 00:00:00",
      "2026-11-21 12:00:00",
    ]) {
      await insert("kept", at);
      await insert("other", at);
    }
    const outcome = await applyRetention(store, { ...rule, days: 30 }, nowMs);
    expect(outcome.dropped.map(({ day, reason }) => [day, reason])).toEqual([
      ["2026-10-20", "age"],
      ["2026-10-21", "age"],
    ]);
    expect(outcome.oldestDay).toBe("2026-10-22");
    expect(await listDays("kept")).toEqual(["2026-10-22", "2026-11-21"]);
    expect(await listDays("other")).toHaveLength(4);
    expect((await applyRetention(store, { ...rule, days: 30 }, nowMs)).dropped).toEqual([]);
  });

  it("by size drops the oldest days of all its tables until the rest fits, and never today", async () => {
    for (const day of ["2026-11-18", "2026-11-19", "2026-11-20", "2026-11-21"]) {
      for (const table of ["kept", "beside", "other"]) await insert(table, `${day} 01:00:00`);
    }
    const { bytes } = await applyRetention(store, rule, nowMs);
    const outcome = await applyRetention(store, { ...rule, maxBytes: Math.ceil(bytes / 2) }, nowMs);
    expect(outcome.dropped.map(({ table, day, reason }) => `${table} ${day} ${reason}`)).toEqual([
      "kept 2026-11-18 size",
      "beside 2026-11-18 size",
      "kept 2026-11-19 size",
      "beside 2026-11-19 size",
    ]);
    expect(outcome.bytes).toBeLessThanOrEqual(Math.ceil(bytes / 2));
    expect(await listDays("beside")).toEqual(["2026-11-20", "2026-11-21"]);
    const tight = await applyRetention(store, { ...rule, maxBytes: 1 }, nowMs);
    expect(tight.bytes).toBeGreaterThan(1);
    expect(await listDays("kept")).toEqual(["2026-11-21"]);
    expect(await listDays("other")).toHaveLength(4);
  });
});

describe("packing", () => {
  const parts = async (table: string): Promise<{ day: string; parts: string; codec: string }[]> =>
    store.query({
      sql: `SELECT partition AS day, count() AS parts, any(default_compression_codec) AS codec FROM system.parts
WHERE database = currentDatabase() AND table = {table:String} AND active GROUP BY day ORDER BY day`,
      parameters: { table },
    });

  it("makes one tightly packed part of each day that is over since a day, and does it once", async () => {
    for (const day of ["2026-11-19", "2026-11-20", "2026-11-21"]) {
      for (let count = 0; count < 3; count += 1) await insert("kept", `${day} 01:00:00`);
    }
    const options = { tables: ["kept", "beside"], nowMs, signal: new AbortController().signal };
    expect(await packClosedDays(store, options)).toMatchObject([
      { table: "kept", day: "2026-11-19", partsBefore: 3 },
    ]);
    expect(await parts("kept")).toEqual([
      { day: "2026-11-19", parts: "1", codec: "ZSTD(3)" },
      { day: "2026-11-20", parts: "3", codec: "LZ4" },
      { day: "2026-11-21", parts: "3", codec: "LZ4" },
    ]);
    expect(await store.query({ sql: "SELECT count() AS rows FROM kept" })).toEqual([{ rows: "9000" }]);
    expect(await packClosedDays(store, options)).toEqual([]);
  });

  it("stops between two days when it is told to", async () => {
    for (let count = 0; count < 2; count += 1) await insert("kept", "2026-11-01 01:00:00");
    const options = { tables: ["kept"], nowMs, signal: AbortSignal.abort() };
    expect(await packClosedDays(store, options)).toEqual([]);
  });
});
