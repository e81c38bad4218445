import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../store/engine.ts";
import { createTestStore } from "../store/store.fixture.ts";
import { chooseLookback, findNewestReceipt } from "./choose-lookback.ts";

const lastMs = Date.UTC(2026, 10, 21, 12);
const nowMs = lastMs + 60_000;
const reachMs = 3_600_000;

let engine: Engine;
beforeAll(async () => {
  engine = await createTestStore();
  for (const [block, offsetMs] of [
    -7_200_000, -1_800_000, -40_000, -20_000, 10_000, 20_000, 30_000,
  ].entries()) {
    await engine.command(
      `INSERT INTO spans (block, received_at, span_id) SELECT {block:UInt64}, fromUnixTimestamp64Milli({atMs:Int64}, 'UTC'),
  reinterpret(number + 1, 'FixedString(8)') FROM numbers(10)`,
      { block: block + 1, atMs: lastMs + offsetMs },
    );
  }
});

describe("a look", () => {
  it("goes back an hour from the last one and takes all that came since", async () => {
    const all = { sinceMs: lastMs - reachMs, newSinceMs: lastMs, untilMs: nowMs };
    expect(await chooseLookback(engine, { lastMs, nowMs }, { reachMs, maxRows: 70 })).toEqual(all);
    expect(await chooseLookback(engine, { lastMs, nowMs })).toEqual(all);
  });

  it("goes back less far, and takes a part of what came since, where that is many rows", async () => {
    const limits = { reachMs, maxRows: 40 };
    expect(await chooseLookback(engine, { lastMs, nowMs }, limits)).toEqual({
      sinceMs: lastMs - 40_000,
      newSinceMs: lastMs,
      untilMs: lastMs + 30_000,
    });
    expect(await chooseLookback(engine, { lastMs: lastMs + 30_000, nowMs }, limits)).toEqual({
      sinceMs: lastMs + 20_000,
      newSinceMs: lastMs + 30_000,
      untilMs: nowMs,
    });
  });

  it("gets on where ten seconds are more rows than there should be", async () => {
    const limits = { reachMs, maxRows: 2 };
    const untils: number[] = [];
    for (let fromMs = lastMs; fromMs < nowMs; fromMs = untils.at(-1) ?? nowMs)
      untils.push((await chooseLookback(engine, { lastMs: fromMs, nowMs }, limits)).untilMs);
    expect(untils.map((untilMs) => untilMs - lastMs)).toEqual([20_000, 30_000, 60_000]);
  });
});

describe("the newest receipt", () => {
  it("is that of the newest span before a time", async () => {
    expect(await findNewestReceipt(engine, nowMs)).toBe(lastMs + 30_000);
    expect(await findNewestReceipt(engine, lastMs)).toBe(lastMs - 20_000);
    expect(await findNewestReceipt(engine, lastMs - reachMs * 3)).toBeUndefined();
  });
});
