import { findRates, type Rates, type RatesQuery, type TokenPrice } from "./rates.ts";
import { tokenClasses, type TokenClass, type Usage } from "./usage.ts";

/** One line of the bill: `tokens` × `usdPerMillion` / 1,000,000 = `costUsd`. */
export interface CostLine {
  readonly class: TokenClass;
  readonly tokens: number;
  readonly usdPerMillion: number;
  readonly costUsd: number;
}

/** What a call costs in US dollars. */
export function costOf({ prices }: Rates, usage: Usage): number {
  splitTokens(prices, usage);
  let costUsd = 0;
  for (let index = 0; index < tokenClasses.length; index += 1) {
    const tokens = split[index] ?? 0;
    if (tokens === 0) continue;
    const price = prices[tokenClasses[index] ?? "input"];
    if (price !== null) costUsd += (tokens * priceAt(price, usage.inputTokens)) / 1e6;
  }
  return costUsd;
}

/** The bill of a call, class by class; the lines add up to `costOf`. Classes without tokens have no line. */
export function explainCost({ prices }: Rates, usage: Usage): CostLine[] {
  splitTokens(prices, usage);
  const tokensOf = [...split];
  return tokenClasses.flatMap((tokenClass, index) => {
    const tokens = tokensOf[index] ?? 0;
    const price = prices[tokenClass];
    if (tokens === 0 || price === null) return [];
    const usdPerMillion = priceAt(price, usage.inputTokens);
    return [{ class: tokenClass, tokens, usdPerMillion, costUsd: (tokens * usdPerMillion) / 1e6 }];
  });
}

/** Tokens by class, in the order of `tokenClasses`. Reused: pricing is done for every span that comes in. */
const split = new Float64Array(tokenClasses.length);

/** Divides the two totals into classes: a class without a price of its own stays in the one it belongs to. */
function splitTokens(prices: Rates["prices"], usage: Usage): void {
  const { inputTokens, outputTokens } = usage;
  const cacheRead = prices.cache_read === null ? 0 : atMost(usage.cacheReadTokens, inputTokens);
  const cachedAudio = atMost(usage.cacheReadAudioTokens, cacheRead);
  const cacheWrite =
    prices.cache_write === null ? 0 : atMost(usage.cacheWriteTokens, inputTokens - cacheRead);
  const left = inputTokens - cacheRead - cacheWrite;
  const freshAudio = (usage.audioInputTokens ?? 0) - cachedAudio;
  const audio = prices.audio_input === null ? 0 : atMost(freshAudio, left);
  const image = prices.image_input === null ? 0 : atMost(usage.imageInputTokens, left - audio);
  split[0] = left - audio - image;
  split[2] = prices.cache_read_audio === null ? 0 : cachedAudio;
  split[1] = cacheRead - split[2];
  split[4] = prices.cache_write_1h === null ? 0 : atMost(usage.cacheWrite1hTokens, cacheWrite);
  split[3] = cacheWrite - split[4];
  split[5] = audio;
  split[6] = image;
  splitOutput(prices, usage, outputTokens);
}

function splitOutput(prices: Rates["prices"], usage: Usage, total: number): void {
  const reasoning = prices.reasoning === null ? 0 : atMost(usage.reasoningTokens, total);
  const audio = prices.audio_output === null ? 0 : atMost(usage.audioOutputTokens, total - reasoning);
  const image = prices.image_output === null ? 0 : atMost(usage.imageOutputTokens, total - reasoning - audio);
  split[7] = total - reasoning - audio - image;
  split[8] = reasoning;
  split[9] = audio;
  split[10] = image;
}

/** The estimated cost of a call in US dollars, or null when its model has no known price. */
export function estimateCostUsd(call: RatesQuery & { readonly usage: Usage }): number | null {
  const rates = findRates(call);
  return rates === null ? null : costOf(rates, call.usage);
}

function atMost(tokens: number | undefined, limit: number): number {
  return Math.max(0, Math.min(tokens ?? 0, limit));
}

function priceAt(price: TokenPrice, inputTokens: number): number {
  let usdPerMillion = price.baseUsdPerMillion;
  for (const tier of price.tiers) if (inputTokens > tier.startTokens) usdPerMillion = tier.usdPerMillion;
  return usdPerMillion;
}
