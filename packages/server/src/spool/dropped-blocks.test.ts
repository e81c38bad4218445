// Retention drops what the spool still knows: it neither comes back nor is it lost.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FixedColumn } from "../columns/fixed-column.ts";
import { NativeBlockWriter } from "../columns/native-block.ts";
import { dropDay, dropParts } from "../store/drop-parts.ts";
import type { Engine } from "../store/engine.ts";
import { createTestStore } from "../store/store.fixture.ts";
import type { Batch } from "./segment-writer.ts";
import { openSpool, type Spool } from "./spool.ts";

let engine: Engine;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-dropped-"));
  engine = await createTestStore({ migrated: false });
  await engine.command(
    `CREATE TABLE kept (block UInt64, received_at DateTime64(3, 'UTC'), value UInt64) ENGINE = MergeTree
PARTITION BY toDate(received_at) ORDER BY value SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1`,
  );
});
afterAll(() => rmSync(directory, { recursive: true }));

const open = (): Promise<Spool> =>
  openSpool({
    directory,
    engine,
    tables: ["kept"],
    limits: {
      segmentRows: 1,
      segmentBytes: 1_000_000,
      segmentAgeMs: 60_000,
      maxBytes: 10_000_000,
      duplicateWindowMs: 600_000,
      duplicateWindowRequests: 1000,
    },
    log: () => undefined,
    now: Date.now,
    onStored: () => undefined,
  });

function batch(value: number): Batch {
  const column = new FixedColumn("UInt64", 8);
  column.appendUint64(value, 0);
  const buffers = new NativeBlockWriter()
    .encode([{ name: "value", column }], 1)
    .map((buffer) => Buffer.from(buffer));
  const counts = { received: 1, accepted: 1, rejected: {}, duplicates: 0 };
  return {
    tables: [{ table: "kept", rows: 1, buffers }],
    counts: [{ signal: "traces", project: "default", keyId: undefined, ...counts }],
    requests: [`request ${value}`],
  };
}

it("blocks within the window of duplicates that were dropped are known at a start, and are no damage", async () => {
  const first = await open();
  for (const value of [1, 2, 3]) await first.append(batch(value));
  await first.close(10_000);
  const parts = await engine.query<{ name: string; day: string }>({
    sql: `SELECT name, partition AS day FROM system.parts
WHERE database = currentDatabase() AND table = 'kept' AND active ORDER BY min_block_number`,
  });
  expect(parts).toHaveLength(3);
  const [oldest] = parts;
  expect(await dropParts(engine, "kept", [oldest!.name])).toEqual(new Set([oldest!.name]));
  expect(await dropParts(engine, "kept", [oldest!.name])).toEqual(new Set());
  const second = await open();
  expect(second.snapshot()).toMatchObject({
    damagedFrames: 0,
    segments: 0,
    totals: { traces: { accepted: 3 } },
  });
  await second.close(10_000);
  for (const day of new Set(parts.map((part) => part.day))) await dropDay(engine, "kept", day);
  const third = await open();
  expect(third.snapshot()).toMatchObject({
    damagedFrames: 0,
    segments: 0,
    totals: { traces: { accepted: 3 } },
  });
  expect([1, 2, 3].map((value) => third.knows(`request ${value}`))).toEqual([true, true, true]);
  await third.append(batch(4));
  await third.close(10_000);
  expect(
    await engine.query({ sql: "SELECT toUInt32(block) AS block, toUInt32(value) AS value FROM kept" }),
  ).toEqual([{ block: 4, value: 4 }]);
});
