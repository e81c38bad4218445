import { describe, expect, it } from "vitest";
import { Pricer } from "../price/price-call.ts";
import { explainStoredCost, noExplanation, type StoredCall } from "./explain-cost.ts";

/** A stored call of 1,000 tokens in and 100 out. */
function stored(
  model: string,
  costUsd: number | null,
  attributes: Readonly<Record<string, string>> = {},
): StoredCall {
  return {
    billed: 1,
    costUsd,
    provider: "openai",
    requestModel: model,
    responseModel: "",
    startNs: "1770000000000000000",
    inputTokens: 1000,
    outputTokens: 100,
    cacheReadTokens: null,
    cacheWriteTokens: null,
    reasoningTokens: null,
    attributeKeys: Object.keys(attributes),
    attributeValues: Object.values(attributes),
  };
}

describe("the bill of a stored span", () => {
  it("is tokens times price, class by class, and says whose prices they are", () => {
    const { lines, pricedBy } = explainStoredCost(new Pricer(), stored("gpt-4o", 0.0035));
    expect(lines).toEqual([
      { class: "input", tokens: 1000, usdPerMillion: 2.5, costUsd: 0.0025 },
      { class: "output", tokens: 100, usdPerMillion: 10, costUsd: 0.001 },
    ]);
    expect(pricedBy).toMatchObject({ source: "list", isCurrent: true });
  });

  it("shows what it would be now where the stored cost was worked out by other prices", () => {
    expect(explainStoredCost(new Pricer(), stored("gpt-4o", 0.5)).pricedBy).toMatchObject({
      isCurrent: false,
    });
  });

  it("is its sender's word where no price is known, without lines", () => {
    const said = stored("house-large", 0.5, { "gen_ai.usage.cost": "0.5" });
    expect(explainStoredCost(new Pricer(), said)).toMatchObject({
      lines: [],
      pricedBy: { source: "reported" },
    });
  });

  it("is its sender's word where the price is known and the tokens are not", () => {
    const said = stored("gpt-4o", 0.5, { "gen_ai.usage.cost": "0.5" });
    expect(explainStoredCost(new Pricer(), { ...said, inputTokens: null, outputTokens: null })).toMatchObject(
      {
        lines: [],
        pricedBy: { source: "reported", isCurrent: true },
      },
    );
  });

  it("is none where nobody knows", () => {
    expect(explainStoredCost(new Pricer(), stored("house-large", null))).toEqual(noExplanation);
    expect(explainStoredCost(new Pricer(), stored("house-large", 0.5))).toEqual(noExplanation);
  });
});
