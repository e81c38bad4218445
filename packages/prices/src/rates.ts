import { calcPrice, findProvider, type TieredPrices } from "@pydantic/genai-prices";

/** A price per million tokens in US dollars; with tiers, the one whose start the call's input exceeds holds for all its tokens. */
export interface TokenPrice {
  readonly baseUsdPerMillion: number;
  readonly tiers: readonly { readonly startTokens: number; readonly usdPerMillion: number }[];
}

/** The prices of one model on one day. A class without a price of its own is charged as the class it belongs to. */
export interface Rates {
  readonly modelId: string;
  readonly providerId: string;
  readonly input: TokenPrice | null;
  readonly cacheRead: TokenPrice | null;
  readonly cacheWrite: TokenPrice | null;
  readonly output: TokenPrice | null;
  readonly reasoning: TokenPrice | null;
}

export interface RatesQuery {
  /** Provider by its name in the GenAI conventions (`aws.bedrock`); empty when unknown. */
  readonly provider: string;
  readonly model: string;
  /** When the call was made, in Unix milliseconds: prices change. */
  readonly timeMs: number;
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

/** The dated prices of a model, or null when the table does not know it: an unknown model has no price, never 0. */
export function findRates(query: RatesQuery): Rates | null {
  if (query.model === "") return null;
  const providerId = tableProviders[query.provider] ?? query.provider;
  const timestamp = new Date(query.timeMs);
  const known = providerId === "" ? null : lookUp(query.model, { providerId, timestamp });
  return known ?? lookUpByModel(query, providerId, timestamp);
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
  const price = found.model_price;
  return {
    modelId: found.model.id,
    providerId: found.provider.id,
    input: toTokenPrice(price["input_mtok"]),
    cacheRead: toTokenPrice(price["cache_read_mtok"]),
    cacheWrite: toTokenPrice(price["cache_write_mtok"]),
    output: toTokenPrice(price["output_mtok"]),
    reasoning: toTokenPrice(price["output_reasoning_mtok"]),
  };
}

function toTokenPrice(price: number | TieredPrices | undefined): TokenPrice | null {
  if (price === undefined) return null;
  if (typeof price === "number") return { baseUsdPerMillion: price, tiers: [] };
  const tiers = price.tiers.map((tier) => ({ startTokens: tier.start, usdPerMillion: tier.price }));
  return { baseUsdPerMillion: price.base, tiers: tiers.toSorted((a, b) => a.startTokens - b.startTokens) };
}
