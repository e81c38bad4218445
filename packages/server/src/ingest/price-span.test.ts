import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NativeBlockWriter } from "../columns/native-block.ts";
import { planDay } from "../costs/reprice-day.ts";
import { encodeProtobuf, fixtureStartMs, type FixtureSpan } from "../decode/otlp.fixture.ts";
import { walkTraces } from "../decode/walk-traces.ts";
import { Pricer } from "../price/price-call.ts";
import type { Engine } from "../store/engine.ts";
import { createTestStore } from "../store/store.fixture.ts";
import { SpanBlock } from "./span-block.ts";

let store: Engine;
let directory: string;
beforeAll(async () => {
  store = await createTestStore();
  directory = mkdtempSync(join(tmpdir(), "spanlight-prices-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function call(
  provider: string,
  model: string,
  attributes: NonNullable<FixtureSpan["attributes"]>,
): NonNullable<FixtureSpan["attributes"]> {
  return {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": provider,
    "gen_ai.request.model": model,
    "gen_ai.usage.input_tokens": 10_000,
    "gen_ai.usage.output_tokens": 1000,
    ...attributes,
  };
}

// Worked out by hand: thousands of tokens × US dollars per million, in thousandths of a dollar.
const calls: readonly [
  what: string,
  attributes: NonNullable<FixtureSpan["attributes"]>,
  milliUsd: number | null,
][] = [
  ["at list price", call("openai", "gpt-4o", {}), 10 * 2.5 + 10],
  [
    "in the tier of the answer, not of the request",
    call("openai", "gpt-4o", {
      "openai.request.service_tier": "auto",
      "openai.response.service_tier": "priority",
    }),
    10 * 4.25 + 17,
  ],
  [
    "in the tier of the request where the answer names none",
    call("openai", "gpt-5", { "openai.request.service_tier": "flex" }),
    10 * 0.625 + 5,
  ],
  [
    "at list price where the provider served it in the default tier",
    call("openai", "gpt-5", {
      "openai.request.service_tier": "flex",
      "openai.response.service_tier": "default",
    }),
    10 * 1.25 + 10,
  ],
  [
    "not at all in a tier nobody has a price of",
    call("openai", "gpt-5", { "openai.response.service_tier": "warp" }),
    null,
  ],
  [
    "with cache written for five minutes and for an hour",
    call("anthropic", "claude-opus-4-6", {
      "gen_ai.usage.cache_creation.input_tokens": 6000,
      "gen_ai.usage.cache_read.input_tokens": 2000,
      "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": 4000,
    }),
    2 * 5 + 2 * 0.5 + 2 * 6.25 + 4 * 10 + 25,
  ],
  [
    "with audio",
    call("openai", "gpt-4o-realtime-preview", {
      "gen_ai.usage.audio.input_tokens": 4000,
      "gen_ai.usage.audio.output_tokens": 700,
    }),
    6 * 5 + 4 * 40 + 0.3 * 20 + 0.7 * 80,
  ],
  [
    "with pictures",
    call("gcp.gemini", "gemini-2.5-flash-image", { "gen_ai.usage.image.output_tokens": 900 }),
    10 * 0.3 + 0.1 * 2.5 + 0.9 * 30,
  ],
  [
    "by counts in Langfuse's object",
    {
      "langfuse.observation.type": "generation",
      "langfuse.observation.model.name": "claude-opus-4-6",
      "langfuse.observation.usage_details": JSON.stringify({
        input: 2000,
        input_cache_creation_5m: 3000,
        input_cache_creation_1h: 1000,
        output: 100,
      }),
    },
    2 * 5 + 3 * 6.25 + 10 + 0.1 * 25,
  ],
  ["as its sender says where no price is known", call("acme", "acme-1", { "gen_ai.usage.cost": 0.5 }), 500],
  ["at list price, whatever its sender says", call("openai", "gpt-4o", { "llm.cost.total": 0.5 }), 35],
  [
    "as the whole that its sender says, written as a text",
    call("acme", "acme-1", { "langfuse.observation.cost_details": '{"input":0.1,"total":0.4}' }),
    400,
  ],
  [
    "as the parts that its sender says come to",
    call("acme", "acme-1", {
      "gen_ai.usage.cost": 0,
      "langfuse.observation.cost_details": '{"input":0.25,"output":0.5,"tier":"flex","cached":"0.125"}',
    }),
    875,
  ],
  [
    "nothing known where its sender says nothing of use",
    call("acme", "acme-1", {
      "gen_ai.usage.cost": -1,
      "llm.cost.total": 1e9,
      "opik.total_estimated_cost": "nan",
      "langfuse.observation.cost_details": "{",
    }),
    null,
  ],
];

describe("a model call", () => {
  it.each(calls)("is priced %s", async (_, attributes, milliUsd) => {
    const block = new SpanBlock(new Pricer());
    const bytes = encodeProtobuf([{ attributes }]);
    block.begin("default");
    walkTraces(bytes, block);
    block.end();
    const file = join(directory, "spans.native");
    const { columns, rows } = block.tables.find(({ table }) => table === "spans")!;
    writeFileSync(file, Buffer.concat(new NativeBlockWriter().encode(columns, rows)));
    await store.command("TRUNCATE TABLE spans");
    await store.insertBlock({ table: "spans", block: 1n, receivedAtMs: fixtureStartMs, files: [file] });
    const [row] = await store.query<{ cost: number | null; unpriced: number }>({
      sql: "SELECT cost_usd AS cost, unpriced FROM spans",
    });
    expect(row).toEqual({
      cost: milliUsd === null ? null : expect.closeTo(milliUsd / 1000, 12),
      unpriced: milliUsd === null ? 1 : 0,
    });
    const day = new Date(fixtureStartMs).toISOString().slice(0, 10);
    const { figures } = await planDay(store, new Pricer(), { day, fromNs: 0n, toNs: 2n ** 62n });
    expect(figures).toMatchObject({ spansChecked: 1, spansChanged: 0 });
  });
});
