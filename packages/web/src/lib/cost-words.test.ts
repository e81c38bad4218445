import { expect, it } from "vitest";
import { listCostTerms } from "./cost-words.ts";

it("a bill is tokens times price, line by line", () => {
  expect(
    listCostTerms([
      { class: "input", tokens: 1490, usdPerMillion: 2.5, costUsd: 0.003725 },
      { class: "cache_read", tokens: 1920, usdPerMillion: 0.075, costUsd: 0.000144 },
      { class: "cache_write", tokens: 0, usdPerMillion: 3.75, costUsd: 0 },
      { class: "output", tokens: 412, usdPerMillion: 10, costUsd: 0.00412 },
      { class: "request", tokens: 0, usdPerMillion: 0, costUsd: 0.01 },
    ]),
  ).toEqual(["1,490 in × $2.50", "1,920 cached × $0.075", "412 out × $10.00", "$0.0100 a request"]);
});
