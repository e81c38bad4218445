import { beforeAll, describe, expect, it } from "vitest";
import { createPriceBook } from "@spanlight/prices";
import { Pricer } from "../price/price-call.ts";
import { readBillingDetails } from "../normalise/billing-details.ts";
import { baseNs, insertSpans, type SpanSeed } from "../query/spans.fixture.ts";
import type { Engine } from "../store/engine.ts";
import { toClusterStatements } from "../store/cluster-schema.ts";
import { createTestStore } from "../store/store.fixture.ts";
import { always } from "./costs.fixture.ts";
import { renderCost } from "./cost-sql.ts";
import { listDays, planDay, renderUpdate } from "./reprice-day.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await createTestStore();
});

/** The house model changes its price at half past twelve; DeepSeek's price depends on the time of day. */
const pricer = new Pricer(
  createPriceBook([
    {
      id: "old",
      provider: "",
      model: "house-*",
      serviceTier: "",
      fromMs: null,
      toMs: Number(baseNs / 1_000_000n) + 12.5 * 3_600_000,
      usdPerMillion: { input: 1, output: 2, cache_read: 0.1 },
    },
    {
      id: "new",
      provider: "",
      model: "house-*",
      serviceTier: "",
      fromMs: Number(baseNs / 1_000_000n) + 12.5 * 3_600_000,
      toMs: null,
      usdPerMillion: {
        input: 3,
        cache_read: 0.5,
        cache_read_audio: 0.7,
        cache_write: 3.5,
        cache_write_1h: 8,
        audio_input: 40,
        image_input: 6,
        output: 4,
        reasoning: 5,
        audio_output: 60,
        image_output: 9,
      },
    },
  ]),
);

const models = [
  ["openai", "gpt-4o"],
  ["openai", "gpt-4o-realtime-preview"],
  ["openai", "gpt-5-mini"],
  ["anthropic", "claude-sonnet-4-5"],
  ["gcp.gemini", "gemini-2.5-pro"],
  ["gcp.gemini", "gemini-2.5-flash-image"],
  ["perplexity", "sonar-deep-research"],
  ["deepseek", "deepseek-v4-flash"],
  ["deepseek", "deepseek-chat"],
  ["vllm", "house-large"],
  ["vllm", "house-small"],
  ["", "HOUSE-medium"],
  ["", "it's {not:String} a \\ model"],
] as const;

/** Whole numbers below `below`, the same in every run. */
function createRandom(): (below: number) => number {
  let state = 20_261_121;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Call {
  readonly seed: SpanSeed;
  readonly costUsd: number | null;
}

function createCall(number: number, random: (below: number) => number): Call {
  const [provider = "", model = ""] = models[random(models.length)] ?? [];
  const input = random(3) === 0 ? 200_000 + random(200_000) : random(3000);
  const maybe = (limit: number): number | null => (random(3) === 0 ? random(limit + 1) : null);
  const output = random(2000);
  const columns = {
    input_tokens: input,
    output_tokens: random(20) === 0 ? null : output,
    cache_read_tokens: maybe(input * 2),
    cache_write_tokens: maybe(input),
    reasoning_tokens: maybe(output),
  };
  const attributes = createAttributes(random, { input, output });
  const details = readBillingDetails((key) => attributes[key] ?? "");
  const at = random(86_400_000);
  const costUsd = pricer.price(
    {
      provider,
      requestModel: model,
      responseModel: "",
      timeMs: Number(baseNs / 1_000_000n) + at,
      serviceTier: details.serviceTier,
    },
    {
      inputTokens: input,
      outputTokens: columns.output_tokens ?? 0,
      cacheReadTokens: columns.cache_read_tokens ?? 0,
      cacheWriteTokens: columns.cache_write_tokens ?? 0,
      reasoningTokens: columns.reasoning_tokens ?? 0,
      ...details,
    },
  );
  const named = { provider, request_model: model, model, span_type: "model", billed: 1, unpriced: 1 };
  return {
    seed: { trace: number, span: number, at, columns: { ...named, ...columns }, attributes },
    costUsd,
  };
}

/** What a client may have written where a number belongs. */
const numberTexts: readonly string[] = [
  ..." 12|12 |+12|-5|0x10|0b11|0o17|1e2|1E2|.5|5.|1e|e1|1e400|Infinity|inf|-inf|nan|NaN|1_000|1,000|012|12abc|true|--1".split(
    "|",
  ),
  "",
  "\n12",
];

function createAttributes(
  random: (below: number) => number,
  tokens: { input: number; output: number },
): Record<string, string> {
  const { input, output } = tokens;
  const all: Record<string, string> = {
    "openai.response.service_tier": ["default", "Flex", "batch", "priority", "odd"][random(5)] ?? "",
    "openai.request.service_tier": "flex",
    "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": String(random(input + 1)),
    "gen_ai.usage.audio.input_tokens": String(random(input + 1)),
    "gen_ai.usage.audio.cache_read.input_tokens": String(random(100)),
    "gen_ai.usage.audio_output_tokens": `${random(output + 1)}.5`,
    "gen_ai.usage.image.input_tokens": numberTexts[random(numberTexts.length)] ?? "",
    "gen_ai.usage.image.output_tokens": random(2) === 0 ? String(random(output + 1)) : "none",
    "langfuse.observation.usage_details": JSON.stringify({
      input: 5,
      input_audio_tokens: [7, "8", "0x9", " 7", null, [7], true, 1e3, -7, "inf"][random(10)],
      input_image: 9,
    }),
    "gen_ai.usage.output_token_details": '{"audio": 3, "image": 4}',
    "something.else": "1",
  };
  return Object.fromEntries(Object.entries(all).filter(() => random(4) === 0));
}

describe("planDay", () => {
  it("prices every span in the engine as the price table does in the process, to the last bit but three", async () => {
    const random = createRandom();
    const calls = Array.from({ length: 3000 }, (_, number) => createCall(number + 1, random));
    for (let at = 0; at < calls.length; at += 150)
      await insertSpans(
        engine,
        calls.slice(at, at + 150).map(({ seed }) => seed),
      );
    const [day = ""] = await listDays(engine, always);
    const { cost } = await planDay(engine, pricer, { ...always, day });
    const rows = await engine.query<{ span: string; costUsd: number | null }>({
      sql: `SELECT hex(span_id) AS span, ${cost.sql} AS costUsd FROM spans`,
      parameters: cost.parameters,
    });
    const found = new Map(rows.map(({ span, costUsd }) => [Number.parseInt(span, 16), costUsd]));
    const wrong = calls.filter(({ seed, costUsd }) => !isSame(found.get(seed.span), costUsd));
    expect(wrong.slice(0, 3)).toEqual([]);
    expect(calls.filter(({ costUsd }) => costUsd !== null && costUsd > 0).length).toBeGreaterThan(1500);
    expect(calls.filter(({ costUsd }) => costUsd === null).length).toBeGreaterThan(200);
  });
});

function isSame(stored: number | null | undefined, priced: number | null): boolean {
  if (stored === undefined || stored === null || priced === null) return stored === priced;
  return Math.abs(stored - priced) <= 1e-15 * Math.max(stored, priced) * 8;
}

describe("renderUpdate", () => {
  it("is a change that a cluster takes to the local tables of every node", () => {
    const range = { ...always, day: "2026-11-21" };
    const update = renderUpdate(range, renderCost([]));
    const [statement = "", ...others] = toClusterStatements(
      update.sql,
      { name: "main", database: "spanlight" },
      () => true,
    );
    expect(statement).toMatch(/^ALTER TABLE spanlight\.spans_local ON CLUSTER 'main' UPDATE cost_usd = /);
    expect(others).toEqual([]);
  });
});
