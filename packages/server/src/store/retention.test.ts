import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { packClosedDays } from "./compaction.ts";
import type { Engine } from "./engine.ts";
import { applyRetention, type RetentionOutcome, type RetentionRule } from "./retention.ts";
import { createTestStore } from "./store.fixture.ts";

const nowMs = Date.UTC(2026, 10, 21, 12);
let store: Engine;

const tables = ["kept", "beside"];
const rule: RetentionRule = { name: "calls", tables, divisible: tables, days: null, maxBytes: null };

beforeAll(async () => {
  store = await createTestStore({ migrated: false });
  for (const table of ["kept", "beside", "other"]) {
    await store.command(
      `CREATE TABLE ${table} (block UInt64, received_at DateTime64(3, 'UTC'), n UInt64, text String,
PROJECTION by_block (SELECT block, count() GROUP BY block)) ENGINE = MergeTree
PARTITION BY toDate(received_at) ORDER BY n TTL toDateTime(received_at) + INTERVAL 1 DAY RECOMPRESS CODEC(ZSTD(3))
SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1`,
    );
  }
});
beforeEach(async () => {
  for (const table of ["kept", "beside", "other", "dropped_blocks"]) {
    await store.command(`TRUNCATE TABLE ${table}`);
  }
});

/** A thousand rows of text that hardly packs, as one part. */
const insert = (table: string, receivedAt: string, block = 0): Promise<void> =>
  store.command(
    `INSERT INTO ${table} SELECT {block:UInt64}, {at:String}, number, hex(sipHash128(number)) FROM numbers(1000)`,
    { at: receivedAt, block },
  );
const listDays = async (table: string): Promise<string[]> => {
  const sql = `SELECT DISTINCT toString(toDate(received_at)) AS day FROM ${table} ORDER BY day`;
  return (await store.query<{ day: string }>({ sql })).map(({ day }) => day);
};
/** Blocks that have rows, as numbers. */
const listStored = async (table: string): Promise<number[]> => {
  const sql = `SELECT DISTINCT block FROM ${table} ORDER BY block`;
  return (await store.query<{ block: string }>({ sql })).map(({ block }) => Number(block));
};
/** A limit of so many of the parts that are stored. */
const limitTo = async (parts: number, of: RetentionRule = rule): Promise<RetentionOutcome> => {
  const [row] = await store.query<{ bytes: number }>({
    sql: `SELECT toFloat64(max(bytes_on_disk)) AS bytes FROM system.parts
WHERE database = currentDatabase() AND active AND table IN ('kept', 'beside')`,
  });
  return applyRetention(store, { ...of, maxBytes: Math.ceil((row?.bytes ?? 0) * parts) }, nowMs);
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
    expect(outcome.dropped.map(({ day, reason, until }) => [day, reason, until])).toEqual([
      ["2026-10-20", "age", null],
      ["2026-10-21", "age", null],
    ]);
    expect(outcome).toMatchObject({ oldestDay: "2026-10-22", oldestAt: "2026-10-22T00:00:00Z" });
    expect(await listDays("kept")).toEqual(["2026-10-22", "2026-11-21"]);
    expect(await listDays("other")).toHaveLength(4);
    expect((await applyRetention(store, { ...rule, days: 30 }, nowMs)).dropped).toEqual([]);
  });

  it("by size drops the oldest days of all its tables until the rest fits, and never the newest part", async () => {
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

  it("by size drops the oldest parts of today, of tables that belong together up to the same moment", async () => {
    for (let block = 1; block <= 8; block += 1) {
      for (const table of tables) await insert(table, `2026-11-21 0${block}:00:00`, block);
    }
    const outcome = await limitTo(9);
    expect(outcome.dropped).toMatchObject([
      { table: "kept", day: "2026-11-21", reason: "size", parts: 4, until: "2026-11-21T04:00:00Z" },
      { table: "beside", day: "2026-11-21", reason: "size", parts: 4, until: "2026-11-21T04:00:00Z" },
    ]);
    for (const table of tables) expect(await listStored(table)).toEqual([5, 6, 7, 8]);
    expect(outcome).toMatchObject({ oldestDay: "2026-11-21", oldestAt: "2026-11-21T05:00:00Z" });
    expect((await limitTo(9)).dropped).toEqual([]);
    const sums = await store.query({
      sql: "SELECT block, count() AS rows FROM kept GROUP BY block ORDER BY block",
    });
    expect(sums).toHaveLength(4); // of the projection
    expect((await limitTo(0.1)).dropped.map(({ parts }) => parts)).toEqual([3, 3]);
    for (const table of tables) expect(await listStored(table)).toEqual([8]);
  });

  it("by size cuts a closed day of many parts, and drops one that is packed", async () => {
    for (let block = 1; block <= 4; block += 1) await insert("kept", `2026-11-20 0${block}:00:00`, block);
    await insert("kept", "2026-11-21 01:00:00", 5);
    const { dropped } = await limitTo(4);
    expect(dropped).toMatchObject([{ day: "2026-11-20", parts: 2, until: "2026-11-20T02:00:00Z" }]);
    expect(await listStored("kept")).toEqual([3, 4, 5]);
    await store.maintain("OPTIMIZE TABLE kept PARTITION '2026-11-20' FINAL");
    expect((await limitTo(1.4)).dropped).toMatchObject([{ day: "2026-11-20", parts: 1, until: null }]);
    expect(await listStored("kept")).toEqual([5]);
  });

  it("by size leaves what the rest of a day needs until all of the day goes", async () => {
    const samples = { ...rule, divisible: ["kept"] };
    for (let block = 1; block <= 3; block += 1) {
      await insert("kept", `2026-11-20 0${block}:00:00`, block);
      await insert("kept", `2026-11-21 0${block}:00:00`, 10 + block);
    }
    await insert("beside", "2026-11-20 01:00:00", 1);
    await insert("beside", "2026-11-21 01:00:00", 11);
    expect((await limitTo(7.5, samples)).dropped).toMatchObject([{ table: "kept", parts: 1 }]);
    expect(await listStored("beside")).toEqual([1, 11]);
    await limitTo(4, samples);
    expect([await listStored("kept"), await listStored("beside")]).toEqual([[11, 12, 13], [11]]);
    expect((await limitTo(2, samples)).dropped).toMatchObject([{ table: "kept", parts: 2 }]);
    expect([await listStored("kept"), await listStored("beside")]).toEqual([[13], [11]]);
  });

  it("leaves the numbers of the blocks it dropped, so that no start takes them for lost", async () => {
    for (let block = 1; block <= 4; block += 1) await insert("kept", `2026-11-21 0${block}:00:00`, block);
    await insert("beside", "2026-10-01 00:00:00", 9);
    await limitTo(2);
    expect(await listStored("kept")).toEqual([4]);
    expect(await store.listBlocks("kept", 2n)).toEqual(new Set([2n, 3n, 4n]));
    expect(await store.listBlocks("beside", 0n)).toEqual(new Set([9n]));
    expect(await store.listBlocks("other", 0n)).toEqual(new Set());
  });

  it("by size goes on while merges make other parts of those it chose", async () => {
    for (let block = 1; block <= 6; block += 1) await insert("kept", `2026-11-21 0${block}:00:00`, block);
    let isFirst = true;
    const merging: Engine = {
      ...store,
      async command(sql, parameters) {
        if (isFirst && sql.includes("DROP PART ")) await store.maintain("OPTIMIZE TABLE kept FINAL");
        isFirst &&= !sql.includes("DROP PART ");
        await store.command(sql, parameters);
      },
    };
    expect((await applyRetention(merging, { ...rule, maxBytes: 1 }, nowMs)).dropped).toEqual([]);
    expect(await listStored("kept")).toEqual([1, 2, 3, 4, 5, 6]);
    await insert("kept", "2026-11-21 07:00:00", 7);
    await applyRetention(store, { ...rule, maxBytes: 1 }, nowMs);
    expect(await listStored("kept")).toEqual([7]);
  });

  it("by size cuts what is dated after today, as after a clock was put back, when nothing older is left", async () => {
    for (let block = 1; block <= 3; block += 1) await insert("kept", `2026-11-22 0${block}:00:00`, block);
    await insert("kept", "2026-11-21 01:00:00", 4);
    await limitTo(2);
    expect(await listStored("kept")).toEqual([3, 4]);
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
