import { beforeEach, describe, expect, it } from "vitest";
import { customPriceInputSchema, repriceJobSchema } from "@spanlight/contract";
import { renderRollup } from "../query/rollup.ts";
import { baseNs, insertSpans } from "../query/spans.fixture.ts";
import type { Engine } from "../store/engine.ts";
import { createTestStore } from "../store/store.fixture.ts";
import { always, openTestCosts, unpricedCall } from "./costs.fixture.ts";
import type { Costs } from "./create-costs.ts";
import { planDay, renderUpdate } from "./reprice-day.ts";
import { Pricer } from "../price/price-call.ts";
import { writeStep } from "./reprice-log.ts";

let engine: Engine;
beforeEach(async () => {
  engine = await createTestStore();
});

const house = customPriceInputSchema.parse({ model: "house-*", usdPerMillion: { input: 2, output: 10 } });
/** 1,000 input tokens at $2 and 100 output tokens at $10 a million. */
const houseUsd = 0.003;
const order = { ...always, by: "ada" };

async function readCosts(): Promise<[cost: number | null, unpriced: number][]> {
  const rows = await engine.query<{ costUsd: number | null; unpriced: number }>({
    sql: "SELECT cost_usd AS costUsd, unpriced FROM spans ORDER BY span_id",
  });
  return rows.map((row) => [row.costUsd, row.unpriced]);
}

async function runToEnd(costs: Costs, request = order): Promise<string> {
  const { id } = await costs.reprice.start(request);
  await costs.reprice.idle();
  return id;
}

describe("reprice", () => {
  it("prices stored calls anew, and rollups and trace bounds go with them", async () => {
    await insertSpans(engine, [
      unpricedCall(1, "house-large"),
      unpricedCall(2, "gpt-4o", { cost_usd: 77, unpriced: 0 }),
      unpricedCall(3, "nobody-knows", { cost_usd: 5, unpriced: 0 }),
      unpricedCall(4, "gpt-4o", { billed: 0, unpriced: 0 }),
      unpricedCall(5, "gpt-4o", { input_tokens: null, output_tokens: null, unpriced: 0 }),
    ]);
    const costs = await openTestCosts(engine);
    await costs.custom.put("house", house, "ada");
    const job = await costs.reprice.find(await runToEnd(costs));
    expect(await readCosts()).toEqual([
      [houseUsd, 0],
      [0.0035, 0],
      [null, 1],
      [null, 0],
      [null, 0],
    ]);
    expect(repriceJobSchema.parse(job)).toMatchObject({
      state: "finished",
      startedBy: "ada",
      customPrices: 1,
      spansChecked: 3,
      spansChanged: 3,
      costBeforeUsd: 82,
      unpricedBefore: 1,
      unpricedAfter: 1,
    });
    expect(job?.costAfterUsd).toBeCloseTo(houseUsd + 0.0035, 12);
    const rollup = await engine.query<{ costUsd: number; unpriced: string }>({
      sql: `SELECT sum(cost_usd_sum) AS costUsd, sum(unpriced_sum) AS unpriced FROM (${renderRollup("project = 'default'")})`,
      settings: { force_optimize_projection_name: "rollup_10s" },
    });
    expect(rollup[0]?.costUsd).toBeCloseTo(houseUsd + 0.0035, 12);
    expect(rollup[0]?.unpriced).toBe("1");
  });

  it("changes nothing the second time, and leaves a line in the log each time", async () => {
    await insertSpans(engine, [unpricedCall(1, "gpt-4o")]);
    const costs = await openTestCosts(engine);
    await runToEnd(costs);
    const once = await readCosts();
    await runToEnd(costs);
    expect(await readCosts()).toEqual(once);
    expect((await costs.reprice.list()).map((job) => job.spansChanged)).toEqual([0, 1]);
    const mutations = await engine.query({
      sql: "SELECT 1 FROM system.mutations WHERE database = currentDatabase() AND command LIKE '%cost_usd = %'",
    });
    expect(mutations).toHaveLength(1);
  });

  it("keeps to spans that started in the range", async () => {
    await insertSpans(
      engine,
      [1, 2, 3].map((second) => unpricedCall(second, "gpt-4o")),
    );
    const costs = await openTestCosts(engine);
    const fromNs = baseNs + 2_000_000_000n;
    await runToEnd(costs, { ...order, fromNs, toNs: fromNs + 1_000_000_000n });
    expect((await readCosts()).map(([costUsd]) => costUsd === null)).toEqual([true, false, true]);
  });

  it("previews what it would change and changes nothing", async () => {
    await insertSpans(engine, [unpricedCall(1, "gpt-4o"), unpricedCall(2, "nobody-knows")]);
    const costs = await openTestCosts(engine);
    const preview = await costs.reprice.preview(order);
    expect(repriceJobSchema.parse(preview)).toMatchObject({
      dryRun: true,
      spansChecked: 2,
      spansChanged: 1,
      costBeforeUsd: 0,
      unpricedBefore: 1,
      unpricedAfter: 0,
    });
    expect(preview.costAfterUsd).toBeCloseTo(0.0035, 12);
    expect(await readCosts()).toEqual([
      [null, 1],
      [null, 1],
    ]);
    expect(await costs.reprice.list()).toEqual([]);
  });

  it("goes on after a kill where it was, and its log keeps what it changed", async () => {
    await insertSpans(engine, [unpricedCall(1, "gpt-4o")]);
    const [today = ""] = await listReceiptDays();
    const killed = {
      fromNs: "0",
      toNs: String(always.toNs),
      by: "ada",
      priceListVersion: "1",
      customPrices: 0,
    };
    await writeStep(engine, { job: "killed", step: "started", detail: killed });
    const plan = await planDay(engine, new Pricer(), { ...always, day: today });
    await writeStep(engine, { job: "killed", step: "day_started", day: today, detail: plan.figures });
    const update = renderUpdate({ ...always, day: today }, plan.cost);
    await engine.command(update.sql, update.parameters);
    const costs = await openTestCosts(engine);
    await costs.reprice.resume();
    await costs.reprice.idle();
    expect(await readCosts()).toEqual([[0.0035, 0]]);
    expect(await costs.reprice.find("killed")).toMatchObject({ state: "finished", spansChanged: 1 });
  });

  it("takes one order at a time", async () => {
    await insertSpans(engine, [unpricedCall(1, "gpt-4o")]);
    const costs = await openTestCosts(engine);
    const first = costs.reprice.start(order);
    await expect(costs.reprice.start(order)).rejects.toMatchObject({ code: "reprice_running" });
    await first;
    await costs.reprice.idle();
    await expect(costs.reprice.start(order)).resolves.toMatchObject({ state: "running" });
    await costs.reprice.idle();
  });

  it("says why it failed", async () => {
    await insertSpans(engine, [unpricedCall(1, "gpt-4o")]);
    const refusing: Engine = {
      ...engine,
      command: (sql, parameters) =>
        sql.startsWith("ALTER")
          ? Promise.reject(new Error("the disk is full"))
          : engine.command(sql, parameters),
    };
    const costs = await openTestCosts(refusing);
    const job = await costs.reprice.find(await runToEnd(costs));
    expect(job).toMatchObject({ state: "failed", error: "the disk is full" });
  });
});

async function listReceiptDays(): Promise<string[]> {
  const rows = await engine.query<{ day: string }>({
    sql: "SELECT DISTINCT toString(toDate(received_at)) AS day FROM spans",
  });
  return rows.map((row) => row.day);
}

describe("custom prices", () => {
  it("are there after a restart, with who set them, and gone when removed", async () => {
    const costs = await openTestCosts(engine);
    await costs.custom.put("house", house, "ada");
    await costs.custom.put("other", house, "ada");
    await costs.custom.put("house", { ...house, serviceTier: "flex" }, "grace");
    expect(await costs.custom.remove("other", "ada")).toBe(true);
    expect(await costs.custom.remove("other", "ada")).toBe(false);
    const again = await openTestCosts(engine);
    expect(again.custom.list()).toMatchObject([
      {
        id: "house",
        origin: "api",
        serviceTier: "flex",
        changedBy: "grace",
        usdPerMillion: { input: 2, output: 10 },
      },
    ]);
  });

  it("are looked up in front of the list", async () => {
    const costs = await openTestCosts(engine);
    const question = {
      provider: "vllm",
      model: "house-large",
      serviceTier: "",
      timeMs: Date.UTC(2026, 10, 21),
    };
    expect(costs.lookUp(question)).toBeUndefined();
    await costs.custom.put("house", house, "ada");
    expect(costs.lookUp(question)).toMatchObject({
      source: "custom",
      priceId: "house",
      usdPerMillion: { input: { base: 2, tiers: [] } },
    });
    expect(costs.lookUp({ ...question, provider: "openai", model: "gpt-4o" })).toMatchObject({
      source: "list",
    });
  });
});
