import { costOf, explainCost, findRates, type CostLine, type Rates, type Usage } from "@spanlight/prices";

/** A model call that has tokens to pay for. */
export interface PricedCall {
  readonly provider: string;
  readonly responseModel: string;
  readonly requestModel: string;
  readonly timeMs: number;
}

const hourMs = 3_600_000;
/** Distinct provider and model pairs remembered; past it the memory starts anew. */
const rememberedModels = 10_000;

interface Remembered {
  readonly hour: number;
  readonly rates: Rates | null;
}

/** Prices calls: the model that answered decides, else the one that was asked for. Prices are looked up once an hour and model. */
export class Pricer {
  private readonly remembered = new Map<string, Map<string, Remembered>>();
  private count = 0;

  /** The rates of the call, or null when neither of its models has a known price at its time. */
  findRates(call: PricedCall): Rates | null {
    return (
      this.recall(call.provider, call.responseModel, call.timeMs) ??
      this.recall(call.provider, call.requestModel, call.timeMs)
    );
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

  private recall(provider: string, model: string, timeMs: number): Rates | null {
    if (model === "") return null;
    const hour = Math.floor(timeMs / hourMs);
    const models = this.modelsOf(provider);
    const known = models.get(model);
    if (known?.hour === hour) return known.rates;
    const rates = findRates({ provider, model, timeMs });
    if (known === undefined) this.count += 1;
    models.set(model, { hour, rates });
    return rates;
  }

  private modelsOf(provider: string): Map<string, Remembered> {
    if (this.count > rememberedModels) {
      this.remembered.clear();
      this.count = 0;
    }
    let models = this.remembered.get(provider);
    if (models === undefined) {
      models = new Map();
      this.remembered.set(provider, models);
    }
    return models;
  }
}
