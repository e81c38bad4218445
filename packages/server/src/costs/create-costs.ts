import type { CustomPriceEntry, ModelPrice, Prices, UnpricedModels } from "@spanlight/contract";
import { priceList, tokenClasses } from "@spanlight/prices";
import type { Pricer } from "../price/price-call.ts";
import { openCustomPrices, type CustomPrices } from "./custom-prices.ts";
import { listUnpriced, type UnpricedQuestion } from "./list-unpriced.ts";
import { createReprice, type Reprice, type RepriceOptions } from "./reprice.ts";

/** Prices that somebody set, what models cost, and recalculating what is stored. */
export interface Costs {
  readonly custom: CustomPrices;
  readonly reprice: Reprice;
  listPrices(nowMs: number): Prices;
  /** What a model costs at a moment, or undefined where nobody knows. */
  lookUp(query: PriceQuestion): ModelPrice | undefined;
  listUnpriced(question: UnpricedQuestion): Promise<UnpricedModels>;
}

export interface PriceQuestion {
  readonly provider: string;
  readonly model: string;
  readonly serviceTier: string;
  readonly timeMs: number;
}

export interface CostsOptions extends Omit<RepriceOptions, "countCustomPrices"> {
  readonly filePrices: readonly CustomPriceEntry[];
}

const dayMs = 86_400_000;

/** Reads the custom prices and has the pricer use them. Nothing is recalculated before `reprice.resume` or `start`. */
export async function createCosts(options: CostsOptions): Promise<Costs> {
  const { engine, pricer, filePrices } = options;
  const custom = await openCustomPrices({ engine, pricer, filePrices });
  return {
    custom,
    reprice: createReprice({ ...options, countCustomPrices: () => custom.list().length }),
    listPrices: (nowMs) => ({
      list: {
        ...priceList,
        ageDays: Math.max(0, Math.floor((nowMs - Date.parse(priceList.publishedOn)) / dayMs)),
      },
      custom: [...custom.list()],
    }),
    lookUp: (question) => lookUp(pricer, question),
    listUnpriced: (question) => listUnpriced(engine, question),
  };
}

function lookUp(pricer: Pricer, question: PriceQuestion): ModelPrice | undefined {
  const { provider, model, serviceTier, timeMs } = question;
  const rates = pricer.findRates({ provider, responseModel: model, requestModel: "", serviceTier, timeMs });
  if (rates === null) return undefined;
  const usdPerMillion: ModelPrice["usdPerMillion"] = {};
  for (const tokenClass of tokenClasses) {
    const price = rates.prices[tokenClass];
    if (price !== null)
      usdPerMillion[tokenClass] = { base: price.baseUsdPerMillion, tiers: [...price.tiers] };
  }
  return {
    provider: rates.providerId,
    model: rates.modelId,
    serviceTier: rates.serviceTier,
    source: rates.source,
    priceId: rates.priceId,
    usdPerMillion,
  };
}
