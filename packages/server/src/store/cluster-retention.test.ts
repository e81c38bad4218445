// What retention does on a cluster, so far as one shard can show it.
import { afterAll, beforeAll, expect, it } from "vitest";
import { startClickHouse, type TestClickHouse } from "./clickhouse-server.fixture.ts";
import { relieveCrowdedDays } from "./crowded-days.ts";
import type { Engine } from "./engine.ts";
import { migrate } from "./migrate.ts";
import { connectRemoteEngine } from "./remote-engine.ts";
import { applyRetention, type RetentionRule } from "./retention.ts";
import { parseStoreAddress } from "./store-address.ts";

let clickHouse: TestClickHouse;
let engine: Engine;
const writer = 3;
const rule: RetentionRule = {
  name: "logs",
  tables: ["logs"],
  divisible: ["logs"],
  days: null,
  maxBytes: null,
};
const nowMs = Date.UTC(2026, 10, 21, 12);

beforeAll(async () => {
  clickHouse = await startClickHouse();
  const address = parseStoreAddress(`${clickHouse.url}?cluster=main`);
  engine = await connectRemoteEngine({ address, writer, readers: 2 });
  await migrate(engine);
}, 60_000);
afterAll(async () => {
  await engine.close();
  await clickHouse.close();
});

const listStored = async (): Promise<number[]> => {
  const sql = "SELECT DISTINCT bitAnd(block, 1023) AS number FROM logs ORDER BY number";
  return (await engine.query<{ number: string }>({ sql })).map(({ number }) => Number(number));
};

it("merges of a shard's table are bounded once, not at every look", async () => {
  const sizes = new Map([["logs", 16]]);
  expect(await relieveCrowdedDays(engine, { sizes })).toEqual([{ table: "logs", parts: 0, mergeBytes: 1 }]);
  expect(await relieveCrowdedDays(engine, { sizes })).toEqual([]);
});

it("the oldest parts of today are dropped from the own shard, and their blocks noted under the table's name", async () => {
  for (let block = 1; block <= 6; block += 1) {
    await engine.command(
      `INSERT INTO logs_local (block, received_at, project, body) SELECT {block:UInt64}, {at:String}, 'default', hex(sipHash128(number)) FROM numbers(2000)`,
      { block: (BigInt(writer) << 40n) + BigInt(block), at: `2026-11-21 0${block}:00:00` },
    );
  }
  const { bytes } = await applyRetention(engine, rule, nowMs);
  const { dropped } = await applyRetention(engine, { ...rule, maxBytes: Math.floor(bytes / 2) }, nowMs);
  expect(dropped).toMatchObject([{ table: "logs", day: "2026-11-21", until: "2026-11-21T04:00:00Z" }]);
  expect(await listStored()).toEqual([5, 6]);
  expect(await engine.listBlocks("logs", 2n)).toEqual(new Set([2n, 3n, 4n, 5n, 6n]));
});
