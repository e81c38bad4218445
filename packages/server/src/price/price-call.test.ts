import { describe, expect, it } from "vitest";
import { createPriceBook, type RatesQuery } from "@spanlight/prices";
import { Pricer } from "./price-call.ts";

/** A pricer by a price for every model, and the models that were looked up. */
function createPricer(): { pricer: Pricer; asked: RatesQuery[] } {
  const every = { id: "every", provider: "", model: "*", serviceTier: "", fromMs: null, toMs: null };
  const book = createPriceBook([{ ...every, usdPerMillion: { input: 1 } }]);
  const asked: RatesQuery[] = [];
  const pricer = new Pricer({
    ...book,
    findRates(query) {
      asked.push(query);
      return book.findRates(query);
    },
  });
  return { pricer, asked };
}

const call = { provider: "vllm", responseModel: "", requestModel: "house", timeMs: 0 };
const tooLong = "m".repeat(257);

describe("Pricer", () => {
  it("looks a model up once in a half hour", () => {
    const { pricer, asked } = createPricer();
    for (const timeMs of [0, 1_799_999, 1_800_000])
      expect(pricer.findRates({ ...call, timeMs })).not.toBeNull();
    expect(asked.map(({ timeMs }) => timeMs)).toEqual([0, 1_800_000]);
  });

  it.each([{ requestModel: tooLong }, { provider: tooLong }, { serviceTier: tooLong }])(
    "neither looks up nor remembers what has a name longer than any price",
    (odd) => {
      const { pricer, asked } = createPricer();
      expect(pricer.findRates({ ...call, ...odd })).toBeNull();
      expect(asked).toEqual([]);
    },
  );

  it("prices by the model that was asked for where the one that answered has an absurd name", () => {
    const { pricer } = createPricer();
    expect(pricer.findRates({ ...call, responseModel: tooLong })?.modelId).toBe("house");
  });
});
