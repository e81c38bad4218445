import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { costOf } from "./cost.ts";
import { createPriceBook, type CustomPrice } from "./price-book.ts";
import { priceList } from "./price-list.ts";

const timeMs = Date.UTC(2026, 10, 1, 12);

function custom(price: Partial<CustomPrice>): CustomPrice {
  return {
    id: "one",
    provider: "",
    model: "house-model",
    serviceTier: "",
    fromMs: null,
    toMs: null,
    usdPerMillion: { input: 1, output: 2 },
    ...price,
  };
}

function findPriceId(prices: readonly CustomPrice[], query: object): string | null | undefined {
  const rates = createPriceBook(prices).findRates({
    provider: "openai",
    model: "house-model",
    timeMs,
    ...query,
  });
  return rates === null ? undefined : rates.priceId;
}

describe("createPriceBook", () => {
  it("prices a model the list does not know, and leaves classes without a price in the class they belong to", () => {
    const rates = createPriceBook([
      custom({ usdPerMillion: { input: 1, output: 2, cache_read: 0.1 } }),
    ]).findRates({ provider: "vllm", model: "house-model", timeMs });
    if (rates === null) throw new Error("house-model has no price");
    const usage = {
      inputTokens: 1000,
      outputTokens: 500,
      cacheReadTokens: 400,
      cacheWriteTokens: 100,
      reasoningTokens: 300,
    };
    expect(costOf(rates, usage)).toBeCloseTo((600 * 1 + 400 * 0.1 + 500 * 2) / 1e6, 15);
    expect(rates).toMatchObject({ source: "custom", priceId: "one", providerId: "vllm" });
  });

  it("goes before the list, and the list holds before and after it", () => {
    const prices = [
      custom({ model: "gpt-4o", fromMs: timeMs, toMs: timeMs + 3_600_000, usdPerMillion: { input: 7 } }),
    ];
    expect(findPriceId(prices, { model: "gpt-4o" })).toBe("one");
    expect(findPriceId(prices, { model: "gpt-4o", timeMs: timeMs - 1 })).toBeNull();
    expect(findPriceId(prices, { model: "gpt-4o", timeMs: timeMs + 3_600_000 })).toBeNull();
  });

  it("takes the price that says more", () => {
    const prices = [
      custom({ id: "any", model: "*" }),
      custom({ id: "house", model: "house-*" }),
      custom({ id: "whole" }),
      custom({ id: "by-provider", provider: "openai", model: "house-*" }),
      custom({ id: "by-tier", serviceTier: "flex", model: "*" }),
      custom({ id: "since-today", provider: "anthropic", fromMs: timeMs }),
      custom({ id: "always", provider: "anthropic" }),
    ];
    expect(findPriceId(prices, { provider: "x", model: "other" })).toBe("any");
    expect(findPriceId(prices, { provider: "x", model: "House-Large" })).toBe("house");
    expect(findPriceId(prices, { provider: "x" })).toBe("whole");
    expect(findPriceId(prices, {})).toBe("by-provider");
    expect(findPriceId(prices, { serviceTier: "FLEX" })).toBe("by-tier");
    expect(findPriceId(prices, { provider: "anthropic" })).toBe("since-today");
    expect(findPriceId(prices, { provider: "anthropic", timeMs: timeMs - 1 })).toBe("always");
  });

  it("takes a provider by either of its names, and a model by the letters it has", () => {
    const prices = [custom({ provider: "google", model: "my.model" })];
    expect(findPriceId(prices, { provider: "gcp.gemini", model: "my.model" })).toBe("one");
    expect(findPriceId(prices, { provider: "gcp.gemini", model: "myxmodel" })).toBeUndefined();
    expect(findPriceId(prices, { provider: "openai", model: "my.model" })).toBeUndefined();
  });
});

describe("a pattern", () => {
  it.each([
    ["*", "", true],
    ["*", "anything\nat all", true],
    ["gpt-*", "gpt-", true],
    ["gpt-*", "gpt", false],
    ["*-large", "house-large", true],
    ["*-large", "house-larger", false],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["ab*ba", "aba", false],
    ["a**b", "axb", true],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["a*bc*bc", "a-bc", false],
    ["*.5[(*", "model.5[(x", true],
    ["HOUSE-*", "house-é", true],
  ])("%j fits %j: %s", (pattern, model, isFitting) => {
    expect(findPriceId([custom({ model: pattern })], { provider: "vllm", model })).toBe(
      isFitting ? "one" : undefined,
    );
  });

  it("with many stars is looked through once, however long the model's name is", () => {
    const prices = [custom({ model: `${"a*".repeat(99)}b` })];
    expect(findPriceId(prices, { provider: "vllm", model: "a".repeat(100_000) })).toBeUndefined();
    expect(findPriceId(prices, { provider: "vllm", model: `${"a".repeat(100_000)}b` })).toBe("one");
  });
});

describe("priceList", () => {
  it("names the version that is installed", () => {
    const entry = createRequire(import.meta.url).resolve(priceList.name);
    const file = entry.slice(0, entry.lastIndexOf("/dist/"));
    const installed: unknown = JSON.parse(readFileSync(`${file}/package.json`, "utf8"));
    expect(installed).toMatchObject({ name: priceList.name, version: priceList.version });
  });
});
