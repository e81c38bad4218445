import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mergeBytesOf, relieveCrowdedDays } from "./crowded-days.ts";
import type { Engine } from "./engine.ts";
import { schemaDirectory } from "./migrate.ts";
import { createTestStore } from "./store.fixture.ts";

const limits = { crowded: 20, relieved: 5 };

describe("a day with too many parts", () => {
  let store: Engine;

  beforeAll(async () => {
    store = await createTestStore();
  });
  afterAll(() => store.close());

  const readSettings = async (): Promise<string> =>
    (
      await store.query<{ settings: string }>({
        sql: "SELECT engine_full AS settings FROM system.tables WHERE database = currentDatabase() AND name = 'spans'",
      })
    )[0]?.settings ?? "";

  it("merges larger parts until it has caught up", async () => {
    await store.command("SYSTEM STOP MERGES spans");
    await store.command(
      `INSERT INTO spans (block, received_at, project, start_time)
SELECT number, toDateTime64('2026-11-01 00:00:00', 3, 'UTC'), 'default', now64(9) FROM numbers(25)
SETTINGS max_block_size = 1, min_insert_block_size_rows = 1, max_insert_threads = 1, max_threads = 1`,
    );
    expect(await relieveCrowdedDays(store, { crowd: limits })).toEqual([
      { table: "spans", parts: 25, mergeBytes: 1_073_741_824 },
    ]);
    expect(await readSettings()).toContain("max_bytes_to_merge_at_max_space_in_pool = 1073741824");
    expect(await relieveCrowdedDays(store, { crowd: limits })).toEqual([]);
    await store.command("SYSTEM START MERGES spans");
    await store.command("OPTIMIZE TABLE spans FINAL");
    expect(await relieveCrowdedDays(store, { crowd: limits })).toEqual([
      { table: "spans", parts: 1, mergeBytes: mergeBytesOf["spans"] },
    ]);
    expect(await relieveCrowdedDays(store, { crowd: limits })).toEqual([]);
  });

  it("merges no more into one part than a small share of what the table may take, and forgets it with the limit", async () => {
    const sizes = new Map([
      ["spans", 32_000_000],
      ["logs", 1_600_000_000],
    ]);
    expect(await relieveCrowdedDays(store, { crowd: limits, sizes })).toMatchObject([
      { table: "logs", mergeBytes: 100_000_000 },
      { table: "spans", mergeBytes: 2_000_000 },
    ]);
    expect(await relieveCrowdedDays(store, { crowd: limits, sizes })).toEqual([]);
    expect(await readSettings()).toContain("max_bytes_to_merge_at_max_space_in_pool = 2000000");
    expect(await relieveCrowdedDays(store, { crowd: limits })).toMatchObject([
      { table: "logs", mergeBytes: 0 },
      { table: "spans", mergeBytes: mergeBytesOf["spans"] },
    ]);
    expect(await relieveCrowdedDays(store, { crowd: limits })).toEqual([]);
  });

  it.each(Object.entries(mergeBytesOf))("%s starts with merges of %d bytes", (table, bytes) => {
    const file = table === "spans" ? "0001_spans.sql" : "0002_contents.sql";
    expect(readFileSync(join(schemaDirectory, file), "utf8")).toContain(
      `max_bytes_to_merge_at_max_space_in_pool = ${bytes}`,
    );
  });
});
