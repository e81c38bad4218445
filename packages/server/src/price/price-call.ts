import {
  costOf,
  createPriceBook,
  explainCost,
  type CostLine,
  type PriceBook,
  type Rates,
  type Usage,
} from "@spanlight/prices";

/** A model call that has tokens to pay for. */
export interface PricedCall {
  readonly provider: string;
  readonly responseModel: string;
  readonly requestModel: string;
  readonly timeMs: number;
  /** Empty or absent = the standard tier. */
  readonly serviceTier?: string | undefined;
}

/** Prices change at full and half hours: every call of such a slot has the price of its beginning. */
export const priceSlotMs = 1_800_000;
/** Distinct provider and model pairs remembered; past it the memory starts anew. */
const rememberedModels = 10_000;
/** Nothing with a longer name has a price: to look for one takes the list milliseconds, to remember it room for as long as the process lives. */
const longestName = 256;

interface Remembered {
  readonly slot: number;
  readonly rates: Rates | null;
}

/**
 * Prices calls: the model that answered decides, else the one that was asked for. Prices are looked up once a slot and model.
 */
export class Pricer {
  private book: PriceBook;
  private readonly remembered = new Map<string, Map<string, Remembered>>();
  private count = 0;

  constructor(book: PriceBook = createPriceBook([])) {
    this.book = book;
  }

  /** Prices by this book from now on. */
  use(book: PriceBook): void {
    this.book = book;
    this.forget();
  }

  /** The rates of the call, or null when neither of its models has a known price at its time. */
  findRates(call: PricedCall): Rates | null {
    return this.recall(call, call.responseModel) ?? this.recall(call, call.requestModel);
  }

  /** Cost in US dollars, or null for an unpriced model. */
  price(call: PricedCall, usage: Usage): number | null {
    const rates = this.findRates(call);
    return rates === null ? null : costOf(rates, usage);
  }

  /** The lines of the bill; empty for an unpriced model. */
  explain(call: PricedCall, usage: Usage): CostLine[] {
    const rates = this.findRates(call);
    return rates === null ? [] : explainCost(rates, usage);
  }

  private recall({ provider, timeMs, serviceTier = "" }: PricedCall, model: string): Rates | null {
    if (model === "" || model.length > longestName) return null;
    if (provider.length > longestName || serviceTier.length > longestName) return null;
    const slot = Math.floor(timeMs / priceSlotMs);
    const models = this.modelsOf(serviceTier === "" ? provider : `${provider}\n${serviceTier}`);
    const known = models.get(model);
    if (known?.slot === slot) return known.rates;
    const rates = this.book.findRates({ provider, model, timeMs: slot * priceSlotMs, serviceTier });
    if (known === undefined) this.count += 1;
    models.set(model, { slot, rates });
    return rates;
  }

  private modelsOf(key: string): Map<string, Remembered> {
    if (this.count > rememberedModels) this.forget();
    let models = this.remembered.get(key);
    if (models === undefined) {
      models = new Map();
      this.remembered.set(key, models);
    }
    return models;
  }

  private forget(): void {
    this.remembered.clear();
    this.count = 0;
  }
}
