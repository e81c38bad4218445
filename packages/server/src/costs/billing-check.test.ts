import { setImmediate as nextTurn } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { insertSpans } from "../query/spans.fixture.ts";
import type { Engine } from "../store/engine.ts";
import { createTestStore } from "../store/store.fixture.ts";
import type { BillingCheckOptions } from "./billing-check.ts";
import { billedCall, createTestCheck, readBilled, readTotals } from "./billing-check.fixture.ts";
import { findNestedCalls, renderUnbilling, spansPerStatement } from "./repeated-calls.ts";
import { logUnbilling } from "./unbilled-log.ts";

let engine: Engine;
beforeEach(async () => {
  engine = await createTestStore();
});

const everything = {
  sinceMs: 0,
  newSinceMs: 0,
  untilMs: Date.now() + 3_600_000,
  signal: new AbortController().signal,
};

describe("a look for repeated calls", () => {
  it("takes a call off the bill that encloses another one, in rows and rollup, once", async () => {
    await insertSpans(engine, [billedCall({ trace: 1, span: 1, block: 1 }, { unpriced: 1, cost_usd: null })]);
    await insertSpans(engine, [billedCall({ trace: 1, span: 2, parent: 1, block: 2 })]);
    const changed: string[] = [];
    const check = createTestCheck(engine, { onChanged: (projects) => changed.push(...projects) });
    expect((await readTotals(engine)).rollup).toMatchObject({ calls: 2, inputTokens: 2000 });
    expect(await check.look()).toBe(1);
    const { raw, rollup } = await readTotals(engine);
    expect(raw).toEqual({ calls: 1, inputTokens: 1000, costUsd: 0.01, unpriced: 0 });
    expect(rollup).toEqual(raw);
    expect(await readBilled(engine)).toEqual([2]);
    expect(await check.look()).toBe(0);
    expect(changed).toEqual(["default"]);
    expect(check.report("default")).toMatchObject({ calls: 1, inputTokens: 1000, outputTokens: 100 });
    expect(check.report("default").lastAt).toMatch(/^20\d\d-/);
    expect(check.report("other")).toMatchObject({ calls: 0, lastAt: null });
  });

  it("leaves the innermost of several", async () => {
    await insertSpans(engine, [billedCall({ trace: 1, span: 1 })]);
    await insertSpans(engine, [
      billedCall({ trace: 1, span: 2, parent: 1 }, { billed: 0, cost_usd: null }),
      billedCall({ trace: 1, span: 3, parent: 2 }),
      billedCall({ trace: 1, span: 4, parent: 2 }),
    ]);
    await createTestCheck(engine).look();
    expect(await readBilled(engine)).toEqual([3, 4]);
  });

  it("keeps what has token counts; of two without any the outer one is no call", async () => {
    const unpaid = { input_tokens: null, output_tokens: null, cost_usd: null };
    await insertSpans(engine, [
      billedCall({ trace: 1, span: 1 }),
      billedCall({ trace: 1, span: 2, parent: 1 }, unpaid),
      billedCall({ trace: 2, span: 11 }, { ...unpaid, status: 2 }),
      billedCall({ trace: 2, span: 12, parent: 11 }, { ...unpaid, status: 2 }),
      billedCall({ trace: 3, span: 21 }, unpaid),
      billedCall({ trace: 3, span: 22, parent: 21 }),
    ]);
    await createTestCheck(engine).look();
    expect(await readBilled(engine)).toEqual([1, 2, 12, 22]);
  });

  it("does not touch what only looks like it", async () => {
    await insertSpans(engine, [
      billedCall({ trace: 1, span: 1 }),
      billedCall({ trace: 1, span: 2, parent: 1 }, { span_type: "embedding" }),
      billedCall({ trace: 2, span: 3, parent: 1 }),
      billedCall({ trace: 3, span: 4, parent: 4 }),
      billedCall({ trace: 4, span: 6, parent: 5 }, { span_type: "tool", billed: 0 }),
      billedCall({ trace: 4, span: 5 }),
      billedCall({ trace: 4, span: 7, parent: 6 }),
    ]);
    await insertSpans(engine, [billedCall({ trace: 1, span: 8, parent: 1 })], "other");
    expect(await createTestCheck(engine).look()).toBe(0);
    expect(await readBilled(engine)).toEqual([1, 2, 3, 4, 5, 7]);
    const mutations = await engine.query({
      sql: "SELECT 1 FROM system.mutations WHERE database = currentDatabase() AND command LIKE '%billed%'",
    });
    expect(mutations).toEqual([]);
  });

  it("keeps projects apart, and its report", async () => {
    for (const project of ["one", "two"]) {
      await insertSpans(engine, [billedCall({ trace: 1, span: 1 })], project);
      await insertSpans(engine, [billedCall({ trace: 1, span: 2, parent: 1 })], project);
    }
    await insertSpans(engine, [billedCall({ trace: 9, span: 1 })], "two");
    const check = createTestCheck(engine);
    expect(await check.look()).toBe(2);
    expect(check.report("one").calls).toBe(1);
    expect(check.report("two").calls).toBe(1);
    const rows = await engine.query<{ calls: string }>({
      sql: "SELECT count() AS calls FROM spans WHERE billed = 1 GROUP BY project ORDER BY project",
    });
    expect(rows.map(({ calls }) => calls)).toEqual(["1", "2"]);
  });

  it("corrects more calls than a statement may name", async () => {
    const pairs = Array.from({ length: spansPerStatement + 3 }, (_, index) => index * 2 + 1);
    for (let from = 0; from < pairs.length; from += 100) {
      await insertSpans(
        engine,
        pairs
          .slice(from, from + 100)
          .flatMap((span) => [
            billedCall({ trace: span, span }),
            billedCall({ trace: span, span: span + 1, parent: span }),
          ]),
      );
    }
    const check = createTestCheck(engine);
    expect(await check.look()).toBe(pairs.length);
    const { raw, rollup } = await readTotals(engine);
    expect(raw.calls).toBe(pairs.length);
    expect(rollup).toEqual({ ...raw, costUsd: expect.closeTo(raw.costUsd, 9) as number });
    expect(check.report("default").calls).toBe(pairs.length);
  });
});

describe("a running check", () => {
  /** Runs for ten minutes of a clock that waits move on; answers the seconds after the start at which it looked. */
  async function run(options: Partial<BillingCheckOptions>): Promise<number[]> {
    const startMs = Date.now();
    let nowMs = startMs;
    const looks: number[] = [];
    const watched: Engine = {
      ...engine,
      query(query) {
        if (query.sql.includes("parent_span_id")) looks.push(Math.round((nowMs - startMs) / 1000));
        return engine.query(query);
      },
    };
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const check = createTestCheck(watched, {
      now: () => nowMs,
      async wait(delayMs) {
        nowMs += delayMs;
        if (nowMs > startMs + 600_000) end();
        await nextTurn();
      },
      ...options,
    });
    check.start();
    await ended;
    await check.close();
    return looks;
  }

  it("looks often in the first minute and then every minute, as long as spans come", async () => {
    let accepted = 0;
    const looks = await run({ countAccepted: () => (accepted += 1) });
    const inFirstMinute = looks.filter((second) => second < 60).length;
    expect(inFirstMinute).toBeGreaterThanOrEqual(10);
    expect(looks.length - inFirstMinute).toBeGreaterThanOrEqual(8);
    expect(looks.length - inFirstMinute).toBeLessThanOrEqual(12);
  });

  it("looks once where no spans come, and again while the spool keeps some back", async () => {
    expect(await run({})).toHaveLength(1);
    expect((await run({ readSpoolAgeMs: () => 500 })).length).toBeGreaterThan(10);
  });

  it("looks at once when a call is known to be billed twice, and never beside a recalculation", async () => {
    let accepted = 0;
    let calls = 0;
    const countAccepted = (): number => (accepted += 1);
    const looks = await run({ countAccepted, countBilledTwice: () => (calls += 1) });
    expect(looks.length).toBeGreaterThan(100);
    expect(await run({ countAccepted, isBusy: () => true })).toEqual([]);
  });
});

describe("a kill during a correction", () => {
  beforeEach(async () => {
    await insertSpans(engine, [billedCall({ trace: 1, span: 1 })]);
    await insertSpans(engine, [billedCall({ trace: 1, span: 2, parent: 1 })]);
  });

  const begin = async (): Promise<ReturnType<typeof renderUnbilling>> => {
    const calls = await findNestedCalls(engine, everything);
    const day = calls[0]?.day ?? "";
    return renderUnbilling(calls, await logUnbilling(engine, day, calls));
  };

  const expectOnce = async (): Promise<void> => {
    const check = createTestCheck(engine);
    await check.look();
    expect(await readBilled(engine)).toEqual([2]);
    expect(check.report("default")).toMatchObject({ calls: 1, costUsd: 0.01 });
    const next = createTestCheck(engine);
    await next.look();
    expect(next.report("default")).toMatchObject({ calls: 1, costUsd: 0.01 });
  };

  it("before the engine took it leaves it to the next start, and it is counted once", async () => {
    await begin();
    await expectOnce();
  });

  it("after the engine took it leaves nothing undone, and it is counted once", async () => {
    const change = await begin();
    await engine.command(change.sql, change.parameters);
    await expectOnce();
  });
});

describe("two instrumentations side by side", () => {
  const answer = (id: string): Record<string, string> => ({ "gen_ai.response.id": id });

  it("that name the same answer are billed once, as the one that was called last", async () => {
    await insertSpans(engine, [
      billedCall({ trace: 1, span: 1, at: 0, ms: 900 }, { scope_name: "chain" }, answer("r-1")),
      billedCall({ trace: 1, span: 2, at: 5, ms: 800 }, { scope_name: "client" }, answer("r-1")),
    ]);
    const check = createTestCheck(engine);
    expect(await check.look()).toBe(1);
    expect(await readBilled(engine)).toEqual([2]);
    const { raw, rollup } = await readTotals(engine);
    expect(rollup).toEqual(raw);
    expect(await check.look()).toBe(0);
  });

  it("that name an answer twice each are billed as one of them", async () => {
    await insertSpans(
      engine,
      [1, 2, 3, 4].map((span) =>
        billedCall(
          { trace: 1, span, at: span, ms: 900 },
          { scope_name: span > 2 ? "client" : "chain" },
          { "ai.response.id": "r-1" },
        ),
      ),
    );
    await createTestCheck(engine).look();
    expect(await readBilled(engine)).toEqual([3, 4]);
  });

  it("are told apart by answer, trace, time, tokens, number and service; calls of one instrumentation are never the same", async () => {
    const client = { scope_name: "client" };
    const chain = { scope_name: "chain" };
    await insertSpans(engine, [
      billedCall({ trace: 1, span: 1 }, client, answer("r-1")),
      billedCall({ trace: 1, span: 2 }, chain, answer("r-2")),
      billedCall({ trace: 2, span: 3 }, client, answer("r-3")),
      billedCall({ trace: 3, span: 4 }, chain, answer("r-3")),
      billedCall({ trace: 4, span: 5, at: 0 }, client, answer("r-4")),
      billedCall({ trace: 4, span: 6, at: 5000 }, chain, answer("r-4")),
      billedCall({ trace: 5, span: 7 }, client, answer("r-5")),
      billedCall({ trace: 5, span: 8 }, { ...chain, output_tokens: 101 }, answer("r-5")),
      billedCall({ trace: 6, span: 9 }, client, answer("r-6")),
      billedCall({ trace: 6, span: 10 }, { ...chain, service: "gateway" }, answer("r-6")),
      billedCall({ trace: 7, span: 11 }, client, answer("r-7")),
      billedCall({ trace: 7, span: 12 }, client, answer("r-7")),
      billedCall({ trace: 8, span: 13 }, client),
      billedCall({ trace: 8, span: 14 }, chain),
      billedCall({ trace: 9, span: 15 }, chain, answer("r-9")),
      billedCall({ trace: 9, span: 16 }, client, answer("r-9")),
      billedCall({ trace: 9, span: 17 }, client, answer("r-9")),
    ]);
    expect(await createTestCheck(engine).look()).toBe(0);
    expect(await readBilled(engine)).toHaveLength(17);
  });
});
