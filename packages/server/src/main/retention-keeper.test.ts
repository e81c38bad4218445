import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Engine } from "../store/engine.ts";
import type { DroppedDay, RetentionRule } from "../store/retention.ts";
import { createTestStore } from "../store/store.fixture.ts";
import { createRetentionKeeper, type RetentionKeeper } from "./retention-keeper.ts";

const dayMs = 86_400_000;
let store: Engine;
let nowMs = 0;
let uptimeMs = 0;
let told: DroppedDay[] = [];
let warned: string[] = [];

const rule: RetentionRule = {
  name: "logs",
  tables: ["kept"],
  divisible: ["kept"],
  days: null,
  maxBytes: null,
};

beforeAll(async () => {
  store = await createTestStore({ migrated: false });
  await store.command(
    `CREATE TABLE kept (block UInt64, received_at DateTime64(3, 'UTC'), text String) ENGINE = MergeTree
PARTITION BY toDate(received_at) ORDER BY block SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1`,
  );
});
beforeEach(async () => {
  await store.command("TRUNCATE TABLE kept");
  nowMs = Date.UTC(2026, 10, 21, 12);
  uptimeMs = 1000;
  told = [];
  warned = [];
});

const open = (): RetentionKeeper =>
  createRetentionKeeper({
    engine: store,
    rules: [rule],
    log: (level, message) => void (level === "warn" && warned.push(message)),
    now: () => nowMs,
    uptimeMs: () => uptimeMs,
    onDropped: (day) => told.push(day),
  });
const insert = (block: number, at: string): Promise<void> =>
  store.command(
    "INSERT INTO kept SELECT {block:UInt64}, {at:String}, hex(sipHash128(number)) FROM numbers(1000)",
    { block, at },
  );
const pass = (ms: number): void => {
  nowMs += ms;
  uptimeMs += ms;
};

describe("retention", () => {
  it("tells of pieces of a day once a minute, all of them, and of the last ones when it ends", async () => {
    const keeper = open();
    for (let block = 1; block <= 5; block += 1) {
      await insert(block, `2026-11-21 0${block}:00:00`);
      await keeper.apply({ ...rule, maxBytes: 1 });
      pass(20_000);
    }
    expect(told.map(({ parts, until }) => [parts, until])).toEqual([
      [1, "2026-11-21T01:00:00Z"],
      [3, "2026-11-21T04:00:00Z"],
    ]);
    await insert(6, "2026-11-21 06:00:00");
    await keeper.apply({ ...rule, maxBytes: 1 });
    keeper.flush();
    keeper.flush();
    expect(told.slice(2).map(({ parts, until }) => [parts, until])).toEqual([[1, "2026-11-21T05:00:00Z"]]);
    const dropped = told.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(keeper.report()).toMatchObject([
      { droppedBySizeBytes: dropped, oldestAt: "2026-11-21T06:00:00Z" },
    ]);
  });

  it("warns once that what is left is too much, and not while something goes", async () => {
    const keeper = open();
    for (const block of [1, 2]) await insert(block, `2026-11-21 0${block}:00:00`);
    const tight = { ...rule, maxBytes: 1 };
    await keeper.apply(tight);
    expect(keeper.report()).toMatchObject([{ isOverLimit: false }]);
    for (let looks = 0; looks < 5; looks += 1) await keeper.apply(tight);
    expect(keeper.report()).toMatchObject([{ isOverLimit: true }]);
    expect(warned).toEqual(["what cannot be dropped is larger than retention allows"]);
  });

  it("drops nothing by age for an hour after the clock has jumped ahead, but still what is too much", async () => {
    const keeper = open();
    for (const block of [1, 2]) await insert(block, `2026-11-20 0${block}:00:00`);
    await insert(3, "2026-11-21 01:00:00");
    nowMs += 40 * dayMs;
    await keeper.apply({ ...rule, days: 30 });
    expect(told).toEqual([]);
    await keeper.apply({ ...rule, days: 30, maxBytes: 1 });
    expect(told.map(({ reason }) => reason)).toContain("size");
    await insert(4, "2026-11-21 02:00:00");
    told = [];
    pass(3_600_000);
    await keeper.apply({ ...rule, days: 30 });
    expect(told.map(({ day, reason }) => [day, reason])).toEqual([["2026-11-21", "age"]]);
    expect(warned).toHaveLength(1);
  });
});
