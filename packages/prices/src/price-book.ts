import { findRates, toPrices, toTableProvider, type Rates, type RatesQuery } from "./rates.ts";
import type { TokenClass } from "./usage.ts";

/** A price that somebody set: it goes before the list's. */
export interface CustomPrice {
  readonly id: string;
  /** Provider by its name in the GenAI conventions; empty = any. */
  readonly provider: string;
  /** Model as the spans name it; `*` stands for any characters. Case does not matter. */
  readonly model: string;
  /** Holds for this service tier alone; empty = for every tier that has no custom price of its own, as it stands. */
  readonly serviceTier: string;
  /** Unix milliseconds, both at a full or half hour; null = always was, or still is. The end is the first moment it no longer holds. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** US dollars per million tokens. A class that is left out is charged as the class it belongs to. */
  readonly usdPerMillion: Readonly<Partial<Record<TokenClass, number>>>;
}

/** Custom prices in front of the list. */
export interface PriceBook {
  readonly custom: readonly CustomPrice[];
  /** The prices of a model at a moment, or null where nobody knows them. */
  findRates(query: RatesQuery): Rates | null;
}

interface Entry {
  readonly price: CustomPrice;
  readonly providerId: string;
  /** What stands between the stars of the model, in lower case. */
  readonly parts: readonly string[];
}

/**
 * Of several custom prices that fit, the one that says more goes first: with a tier before without, with a provider before without, a
 * whole name before a pattern, a longer pattern before a shorter one, a later start before an earlier one; then the order given.
 */
export function createPriceBook(custom: readonly CustomPrice[]): PriceBook {
  const entries = custom
    .map((price) => ({
      price,
      providerId: toTableProvider(price.provider),
      parts: price.model.toLowerCase().split("*"),
    }))
    .toSorted(bySpecificity);
  return {
    custom,
    findRates(query) {
      const entry = entries.length === 0 ? undefined : entries.find((each) => fits(each, query));
      return entry === undefined ? findRates(query) : toRates(entry.price, query);
    },
  };
}

function bySpecificity({ price: a }: Entry, { price: b }: Entry): number {
  const rank = (price: CustomPrice): number[] => [
    price.serviceTier === "" ? 1 : 0,
    price.provider === "" ? 1 : 0,
    price.model.includes("*") ? 1 : 0,
    -price.model.length,
    -(price.fromMs ?? Number.NEGATIVE_INFINITY),
  ];
  const [left, right] = [rank(a), rank(b)];
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? 0;
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}

function fits({ price, providerId, parts }: Entry, query: RatesQuery): boolean {
  if (price.fromMs !== null && query.timeMs < price.fromMs) return false;
  if (price.toMs !== null && query.timeMs >= price.toMs) return false;
  if (providerId !== "" && providerId !== toTableProvider(query.provider)) return false;
  const tier = price.serviceTier.toLowerCase();
  if (tier !== "" && tier !== (query.serviceTier ?? "").toLowerCase()) return false;
  return matchesParts(query.model.toLowerCase(), parts);
}

/** The first place is the best one for each part: no pattern makes anybody look twice, as a regular expression would. */
function matchesParts(model: string, [first = "", ...rest]: readonly string[]): boolean {
  const last = rest.pop();
  if (last === undefined) return model === first;
  if (!model.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = model.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return model.length - last.length >= at && model.endsWith(last);
}

function toRates(price: CustomPrice, query: RatesQuery): Rates {
  return {
    modelId: query.model,
    providerId: price.provider === "" ? query.provider : price.provider,
    source: "custom",
    priceId: price.id,
    serviceTier: query.serviceTier ?? "",
    prices: toPrices((tokenClass) => {
      const usdPerMillion = price.usdPerMillion[tokenClass];
      return usdPerMillion === undefined ? null : { baseUsdPerMillion: usdPerMillion, tiers: [] };
    }),
  };
}
