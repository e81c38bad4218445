import { calcPrice } from "@pydantic/genai-prices";
import { describe, expect, it } from "vitest";
import { costOf, estimateCostUsd, explainCost } from "./cost.ts";
import { findRates } from "./rates.ts";

const timeMs = Date.UTC(2026, 10, 1);

function rates(provider: string, model: string): NonNullable<ReturnType<typeof findRates>> {
  const found = findRates({ provider, model, timeMs });
  if (found === null) throw new Error(`no rates for ${provider} ${model}`);
  return found;
}

describe("costOf", () => {
  const cases = [
    ["openai", "gpt-4o-2024-08-06", "openai"],
    ["openai", "gpt-4o-mini-2024-07-18", "openai"],
    ["anthropic", "claude-sonnet-4-5", "anthropic"],
    ["gcp.gemini", "gemini-2.5-pro", "google"],
    ["aws.bedrock", "us.anthropic.claude-sonnet-4-20250514-v1:0", "aws"],
    ["perplexity", "sonar-deep-research", "perplexity"],
  ] as const;
  for (const [provider, model, providerId] of cases) {
    for (const inputTokens of [1200, 300_000]) {
      it(`charges ${model} with ${inputTokens} input tokens as the price table does`, () => {
        const usage = {
          inputTokens,
          outputTokens: 345,
          cacheReadTokens: 640,
          cacheWriteTokens: 0,
          reasoningTokens: 200,
        };
        const reference = calcPrice(
          {
            input_tokens: inputTokens,
            output_tokens: 345,
            cache_read_tokens: 640,
            output_reasoning_tokens: 200,
          },
          model,
          { providerId, timestamp: new Date(timeMs) },
        );
        expect(costOf(rates(provider, model), usage)).toBeCloseTo(reference?.total_price ?? Number.NaN, 12);
      });
    }
  }

  it("charges written cache at its own rate", () => {
    const cost = costOf(rates("anthropic", "claude-opus-4-5"), {
      inputTokens: 1000,
      outputTokens: 0,
      cacheWriteTokens: 1000,
    });
    expect(cost).toBeCloseTo(0.00625, 12);
  });

  it("never charges more cached tokens than there is input", () => {
    const cost = costOf(rates("openai", "gpt-4o"), {
      inputTokens: 100,
      outputTokens: 0,
      cacheReadTokens: 500,
    });
    expect(cost).toBeCloseTo((100 * 1.25) / 1e6, 12);
  });
});

describe("explainCost", () => {
  it("spells the cost out as tokens times price", () => {
    const lines = explainCost(rates("openai", "gpt-4o"), {
      inputTokens: 3410,
      outputTokens: 412,
      cacheReadTokens: 1920,
    });
    expect(lines).toEqual([
      { class: "input", tokens: 1490, usdPerMillion: 2.5, costUsd: 0.003725 },
      { class: "cache_read", tokens: 1920, usdPerMillion: 1.25, costUsd: 0.0024 },
      { class: "output", tokens: 412, usdPerMillion: 10, costUsd: 0.00412 },
    ]);
  });
});

describe("findRates", () => {
  it("knows no price of an unknown model", () => {
    expect(findRates({ provider: "openai", model: "gpt-nonsense-9", timeMs })).toBeNull();
    expect(
      estimateCostUsd({ provider: "", model: "", timeMs, usage: { inputTokens: 1, outputTokens: 1 } }),
    ).toBeNull();
  });

  it("finds a model of an unknown reseller by its name", () => {
    expect(findRates({ provider: "my-gateway", model: "gpt-4o", timeMs })?.providerId).toBe("openai");
  });

  it("does not guess another provider's price for a known provider", () => {
    expect(findRates({ provider: "anthropic", model: "gpt-4o", timeMs })).toBeNull();
  });

  it("follows a price change by the date of the call", () => {
    const before = findRates({
      provider: "anthropic",
      model: "claude-opus-4-6",
      timeMs: Date.UTC(2026, 1, 20),
    });
    const after = findRates({
      provider: "anthropic",
      model: "claude-opus-4-6",
      timeMs: Date.UTC(2026, 3, 1),
    });
    const usage = { inputTokens: 250_000, outputTokens: 0 };
    if (before === null || after === null) throw new Error("claude-opus-4-6 has no price");
    expect([costOf(before, usage), costOf(after, usage)]).toEqual([2.5, 1.25]);
  });
});
