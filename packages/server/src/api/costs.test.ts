import {
  customPriceSchema,
  modelPriceSchema,
  pricesSchema,
  problemSchema,
  repriceJobSchema,
  repriceJobsSchema,
  unpricedModelsSchema,
} from "@spanlight/contract";
import { Hono } from "hono";
import { beforeEach, describe, expect, it } from "vitest";
import { openTestCosts, unpricedCall } from "../costs/costs.fixture.ts";
import type { Costs } from "../costs/create-costs.ts";
import { insertSpans, spanId, traceId } from "../query/spans.fixture.ts";
import type { Engine } from "../store/engine.ts";
import { createTestStore } from "../store/store.fixture.ts";
import { answerError } from "./answer.ts";
import { createCostRoutes, createUnpricedRoutes } from "./costs.ts";

const nowMs = Date.UTC(2026, 10, 21, 12);

let store: Engine;
let costs: Costs;
let api: Hono;
beforeEach(async () => {
  store = await createTestStore();
  costs = await openTestCosts(store);
  api = new Hono();
  api.onError((error) =>
    answerError(error, (unexpected) => {
      throw unexpected;
    }),
  );
  api.route(
    "/api/prices/unpriced",
    createUnpricedRoutes({
      listUnpriced: (range) => costs.listUnpriced({ ...range, project: "default" }),
      now: () => nowMs,
    }),
  );
  api.route("/api", createCostRoutes({ desk: costs, now: () => nowMs }));
});

async function send(method: string, path: string, body?: unknown): Promise<Response> {
  return api.request(path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
}

const house = { model: "house-*", usdPerMillion: { input: 2, output: 10 } };

describe("/api/prices", () => {
  it("tells the list's age and the custom prices", async () => {
    const set = await send("PUT", "/api/prices/custom/house", { ...house, by: "ada" });
    expect(customPriceSchema.parse(await set.json())).toMatchObject({ id: "house", changedBy: "ada" });
    const prices = pricesSchema.parse(await (await send("GET", "/api/prices")).json());
    expect(prices.list).toMatchObject({
      name: "@pydantic/genai-prices",
      publishedOn: "2026-09-23",
      ageDays: 59,
    });
    expect(prices.custom).toHaveLength(1);
    expect((await send("DELETE", "/api/prices/custom/house")).status).toBe(204);
    const gone = await send("DELETE", "/api/prices/custom/house");
    expect(problemSchema.parse(await gone.json())).toMatchObject({ status: 404, code: "price_not_found" });
  });

  it.each([
    ["/api/prices/custom/house", { model: "x" }, "usdPerMillion"],
    ["/api/prices/custom/house", { ...house, usdPerMillion: { input: "2" } }, "usdPerMillion.input"],
    ["/api/prices/custom/house", { ...house, from: "2026-11-01T00:10:00Z" }, "half hours"],
    ["/api/prices/custom/house", { ...house, price: 1 }, "price"],
    ["/api/prices/custom/a%20b", house, "id"],
  ])("refuses to set at %s %j", async (path, body, said) => {
    const answer = await send("PUT", path, body);
    const problem = problemSchema.parse(await answer.json());
    expect(problem.status).toBe(400);
    expect(problem.detail).toContain(said);
  });

  it("takes only JSON, which other sites' pages cannot send", async () => {
    const answer = await api.request("/api/prices/custom/house", {
      method: "PUT",
      body: JSON.stringify(house),
    });
    expect(answer.status).toBe(415);
  });

  it("says what a model costs in a tier at a moment", async () => {
    const at = "/api/prices/lookup?model=gpt-4o&provider=openai&serviceTier=priority&at=2026-11-01T00:00:00Z";
    expect(modelPriceSchema.parse(await (await send("GET", at)).json())).toMatchObject({
      source: "list",
      serviceTier: "priority",
      usdPerMillion: { input: { base: 4.25 }, cache_read: { base: 2.125 }, output: { base: 17 } },
    });
    const unknown = await send("GET", "/api/prices/lookup?model=house-large");
    expect(problemSchema.parse(await unknown.json())).toMatchObject({ status: 404, code: "price_not_found" });
  });

  it("lists the models without a price, the tier too, with one call of each", async () => {
    await insertSpans(store, [
      unpricedCall(1, "house-large"),
      unpricedCall(2, "house-large"),
      { ...unpricedCall(3, "gpt-4o"), attributes: { "openai.response.service_tier": "warp" } },
      unpricedCall(4, "gpt-4o", { cost_usd: 1, unpriced: 0 }),
    ]);
    await insertSpans(store, [unpricedCall(5, "another-project's")], "other");
    const { items } = unpricedModelsSchema.parse(await (await send("GET", "/api/prices/unpriced")).json());
    expect(items).toMatchObject([
      {
        provider: "openai",
        requestModel: "house-large",
        serviceTier: "",
        requests: 2,
        inputTokens: 2000,
        outputTokens: 200,
        example: { traceId: traceId(2), spanId: spanId(2) },
      },
      { requestModel: "gpt-4o", serviceTier: "warp", requests: 1 },
    ]);
    expect(items).toHaveLength(2);
  });
});

describe("/api/reprice", () => {
  const order = { from: "2026-11-21T02:00:00+02:00", to: "2026-11-22T00:00:00Z", by: "ada" };

  it("says what it would change, changes it, and keeps the log", async () => {
    await insertSpans(store, [unpricedCall(1, "gpt-4o")]);
    const dry = await send("POST", "/api/reprice", { ...order, dryRun: true });
    expect([dry.status, repriceJobSchema.parse(await dry.json()).spansChanged]).toEqual([200, 1]);
    const started = await send("POST", "/api/reprice", order);
    expect(started.status).toBe(202);
    const { id, from } = repriceJobSchema.parse(await started.json());
    expect(from).toBe("2026-11-21T00:00:00.000Z");
    await costs.reprice.idle();
    const job = repriceJobSchema.parse(await (await send("GET", `/api/reprice/${id}`)).json());
    expect(job).toMatchObject({ state: "finished", startedBy: "ada", spansChanged: 1 });
    const list = repriceJobsSchema.parse(await (await send("GET", "/api/reprice")).json());
    expect(list.items.map((item) => item.id)).toEqual([id]);
  });

  it("runs one at a time", async () => {
    const [first, second] = await Promise.all([
      send("POST", "/api/reprice", order),
      send("POST", "/api/reprice", order),
    ]);
    expect(new Set([first.status, second.status])).toEqual(new Set([202, 409]));
    await costs.reprice.idle();
  });

  it("refuses a range that ends before it begins, and knows no job that was not started", async () => {
    expect((await send("POST", "/api/reprice", { ...order, to: order.from })).status).toBe(400);
    expect((await send("POST", "/api/reprice", { from: "yesterday", to: order.to })).status).toBe(400);
    expect((await send("GET", "/api/reprice/none")).status).toBe(404);
  });
});
