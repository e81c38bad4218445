import { calcPrice, findProvider, type TieredPrices } from "@pydantic/genai-prices";
import { findTierFactor } from "./service-tiers.ts";
import { tokenClasses, type TokenClass } from "./usage.ts";

/** A price per million tokens in US dollars; with tiers, the one whose start the call's input exceeds holds for all its tokens. */
export interface TokenPrice {
  readonly baseUsdPerMillion: number;
  readonly tiers: readonly { readonly startTokens: number; readonly usdPerMillion: number }[];
}

/** The prices of one model on one day. A class without a price of its own is charged as the class it belongs to. */
export interface Rates {
  readonly modelId: string;
  readonly providerId: string;
  /** `list`: the table that comes with this package; `custom`: a price that somebody set. */
  readonly source: "list" | "custom";
  /** Which custom price it is; null for the list. */
  readonly priceId: string | null;
  /** Service tier the prices hold for; empty = the standard one. */
  readonly serviceTier: string;
  readonly prices: Readonly<Record<TokenClass, TokenPrice | null>>;
}

export interface RatesQuery {
  /** Provider by its name in the GenAI conventions (`aws.bedrock`); empty when unknown. */
  readonly provider: string;
  readonly model: string;
  /** When the call was made, in Unix milliseconds: prices change. */
  readonly timeMs: number;
  /** Service tier as the provider names it (`flex`, `batch`, `priority`); empty or absent = the standard one. */
  readonly serviceTier?: string | undefined;
}

/** The conventions' provider names where the price table has another. */
const tableProviders: Readonly<Record<string, string>> = {
  "aws.bedrock": "aws",
  "azure.ai.inference": "azure",
  "azure.ai.openai": "azure",
  "gcp.gemini": "google",
  "gcp.gen_ai": "google",
  "gcp.vertex_ai": "google",
  mistral_ai: "mistral",
  moonshot_ai: "moonshotai",
  x_ai: "x-ai",
};

/** The price table's keys of the token classes. */
const tableKeys: Readonly<Record<TokenClass, string>> = {
  input: "input_mtok",
  cache_read: "cache_read_mtok",
  cache_read_audio: "cache_audio_read_mtok",
  cache_write: "cache_write_mtok",
  cache_write_1h: "cache_write_1h_mtok",
  audio_input: "input_audio_mtok",
  image_input: "input_image_mtok",
  output: "output_mtok",
  reasoning: "output_reasoning_mtok",
  audio_output: "output_audio_mtok",
  image_output: "output_image_mtok",
};

/** The price table's name of a provider. */
export function toTableProvider(provider: string): string {
  return tableProviders[provider] ?? provider;
}

/**
 * The dated list prices of a model, or null when the table does not know it: an unknown model has no price, never 0. A service tier
 * whose price is not known leaves the call without one too.
 */
export function findRates(query: RatesQuery): Rates | null {
  if (query.model === "") return null;
  const providerId = toTableProvider(query.provider);
  const timestamp = new Date(query.timeMs);
  const known = providerId === "" ? null : lookUp(query.model, { providerId, timestamp });
  const rates = known ?? lookUpByModel(query, providerId, timestamp);
  return rates === null ? null : toServiceTier(rates, query.serviceTier ?? "");
}

/** A provider the table does not know at all may still resell a model that names its maker. */
function lookUpByModel(query: RatesQuery, providerId: string, timestamp: Date): Rates | null {
  if (providerId !== "" && isKnownProvider(providerId)) return null;
  return lookUp(query.model, { timestamp });
}

const knownProviders = new Map<string, boolean>();

function isKnownProvider(providerId: string): boolean {
  const cached = knownProviders.get(providerId);
  if (cached !== undefined) return cached;
  const known = findProvider({ providerId }) !== undefined;
  if (knownProviders.size < 1000) knownProviders.set(providerId, known);
  return known;
}

function lookUp(model: string, options: { providerId?: string; timestamp: Date }): Rates | null {
  const found = calcPrice({}, model, options);
  if (found === null) return null;
  return {
    modelId: found.model.id,
    providerId: found.provider.id,
    source: "list",
    priceId: null,
    serviceTier: "",
    prices: toPrices((tokenClass) => toTokenPrice(found.model_price[tableKeys[tokenClass]])),
  };
}

function toServiceTier(rates: Rates, serviceTier: string): Rates | null {
  const factor = findTierFactor({ ...rates, serviceTier });
  if (factor === null) return null;
  if (factor === 1) return rates;
  return {
    ...rates,
    serviceTier,
    prices: toPrices((tokenClass) => scale(rates.prices[tokenClass], factor)),
  };
}

/** Every class with its price. */
export function toPrices(
  priceOf: (tokenClass: TokenClass) => TokenPrice | null,
): Record<TokenClass, TokenPrice | null> {
  const prices = Object.fromEntries(
    tokenClasses.map((tokenClass) => [tokenClass, priceOf(tokenClass)] as const),
  );
  return prices as Record<TokenClass, TokenPrice | null>; // made from every class there is
}

function scale(price: TokenPrice | null, factor: number): TokenPrice | null {
  if (price === null) return null;
  return {
    baseUsdPerMillion: roundPrice(price.baseUsdPerMillion * factor),
    tiers: price.tiers.map((tier) => ({ ...tier, usdPerMillion: roundPrice(tier.usdPerMillion * factor) })),
  };
}

/** A tier's factor is what the provider's two prices have in common: 0.15 × 5⁄3 is the 0.25 of the price page. */
function roundPrice(usdPerMillion: number): number {
  return Math.round(usdPerMillion * 1e9) / 1e9;
}

function toTokenPrice(price: number | TieredPrices | undefined): TokenPrice | null {
  if (price === undefined) return null;
  if (typeof price === "number") return { baseUsdPerMillion: price, tiers: [] };
  const tiers = price.tiers.map((tier) => ({ startTokens: tier.start, usdPerMillion: tier.price }));
  return { baseUsdPerMillion: price.base, tiers: tiers.toSorted((a, b) => a.startTokens - b.startTokens) };
}
