import { describe, expect, it } from "vitest";
import { estimateCostUsd, explainCost } from "./cost.ts";
import { findRates } from "./rates.ts";

const timeMs = Date.UTC(2026, 10, 1);

/** One million input tokens, of which 400,000 were read from the cache, and 100,000 output tokens. */
const usage = { inputTokens: 1_000_000, outputTokens: 100_000, cacheReadTokens: 400_000 };

describe("service tiers", () => {
  // Worked out by hand from the providers' price pages, US dollars per million tokens.
  const cases = [
    ["openai", "gpt-4o-2024-08-06", "", 0.6 * 2.5 + 0.4 * 1.25 + 0.1 * 10],
    ["openai", "gpt-4o-2024-08-06", "default", 0.6 * 2.5 + 0.4 * 1.25 + 0.1 * 10],
    ["openai", "gpt-4o-2024-08-06", "batch", (0.6 * 2.5 + 0.4 * 1.25 + 0.1 * 10) / 2],
    ["openai", "gpt-4o-2024-08-06", "priority", 0.6 * 4.25 + 0.4 * 2.125 + 0.1 * 17],
    ["openai", "gpt-4o-mini", "priority", 0.6 * 0.25 + 0.4 * 0.125 + 0.1 * 1],
    ["openai", "gpt-4.1", "priority", 0.6 * 3.5 + 0.4 * 0.875 + 0.1 * 14],
    ["openai", "gpt-5", "flex", 0.6 * 0.625 + 0.4 * 0.0625 + 0.1 * 5],
    ["openai", "gpt-5", "priority", 0.6 * 2.5 + 0.4 * 0.25 + 0.1 * 20],
    ["openai", "gpt-5-mini", "priority", 0.6 * 0.45 + 0.4 * 0.045 + 0.1 * 3.6],
    ["openai", "o3", "flex", 0.6 * 1 + 0.4 * 0.25 + 0.1 * 4],
    ["openai", "o4-mini", "priority", 0.6 * 2 + 0.4 * 0.5 + 0.1 * 8],
    ["anthropic", "claude-opus-4-6", "batch", (0.6 * 5 + 0.4 * 0.5 + 0.1 * 25) / 2],
    ["anthropic", "claude-opus-4-6", "priority", 0.6 * 5 + 0.4 * 0.5 + 0.1 * 25],
  ] as const;
  for (const [provider, model, serviceTier, costUsd] of cases) {
    it(`charges ${model} in the tier "${serviceTier}" as its provider does`, () => {
      expect(estimateCostUsd({ provider, model, timeMs, serviceTier, usage })).toBeCloseTo(costUsd, 12);
    });
  }

  it("knows no price of a tier that nobody publishes", () => {
    for (const serviceTier of ["turbo", "priority"]) {
      expect(
        findRates({ provider: "openai", model: "gpt-4o-audio-preview", timeMs, serviceTier }),
      ).toBeNull();
    }
  });
});

describe("classes of tokens", () => {
  it("charges cache written for an hour apart from cache written for five minutes", () => {
    const rates = findRates({ provider: "anthropic", model: "claude-opus-4-6", timeMs });
    if (rates === null) throw new Error("claude-opus-4-6 has no price");
    const lines = explainCost(rates, {
      inputTokens: 10_000,
      outputTokens: 500,
      cacheReadTokens: 2000,
      cacheWriteTokens: 6000,
      cacheWrite1hTokens: 4000,
    });
    expect(lines).toEqual([
      { class: "input", tokens: 2000, usdPerMillion: 5, costUsd: 0.01 },
      { class: "cache_read", tokens: 2000, usdPerMillion: 0.5, costUsd: 0.001 },
      { class: "cache_write", tokens: 2000, usdPerMillion: 6.25, costUsd: 0.0125 },
      { class: "cache_write_1h", tokens: 4000, usdPerMillion: 10, costUsd: 0.04 },
      { class: "output", tokens: 500, usdPerMillion: 25, costUsd: 0.0125 },
    ]);
  });

  it("charges audio at its own price, from the cache too", () => {
    const rates = findRates({ provider: "openai", model: "gpt-4o-realtime-preview", timeMs });
    if (rates === null) throw new Error("gpt-4o-realtime-preview has no price");
    const lines = explainCost(rates, {
      inputTokens: 1000,
      outputTokens: 400,
      cacheReadTokens: 300,
      cacheReadAudioTokens: 200,
      audioInputTokens: 600,
      audioOutputTokens: 250,
    });
    expect(lines.map((line) => [line.class, line.tokens, line.usdPerMillion])).toEqual([
      ["input", 300, 5],
      ["cache_read", 100, 2.5],
      ["cache_read_audio", 200, 2.5],
      ["audio_input", 400, 40],
      ["output", 150, 20],
      ["audio_output", 250, 80],
    ]);
  });

  it("charges pictures as text where they have no price of their own", () => {
    const query = { provider: "google", timeMs, model: "gemini-2.5-flash-image" };
    const rates = findRates(query);
    if (rates === null) throw new Error("gemini-2.5-flash-image has no price");
    const lines = explainCost(rates, {
      inputTokens: 500,
      outputTokens: 1400,
      imageInputTokens: 258,
      imageOutputTokens: 1290,
    });
    expect(lines.map((line) => [line.class, line.tokens, line.usdPerMillion])).toEqual([
      ["input", 500, 0.3],
      ["output", 110, 2.5],
      ["image_output", 1290, 30],
    ]);
  });
});
