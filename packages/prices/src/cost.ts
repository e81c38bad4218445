import { findRates, type Rates, type RatesQuery, type TokenPrice } from "./rates.ts";
import type { TokenClass, Usage } from "./usage.ts";

/** One line of the bill: `tokens` × `usdPerMillion` / 1,000,000 = `costUsd`. */
export interface CostLine {
  readonly class: TokenClass;
  readonly tokens: number;
  readonly usdPerMillion: number;
  readonly costUsd: number;
}

/** What a call costs in US dollars. */
export function costOf(rates: Rates, usage: Usage): number {
  let costUsd = 0;
  forEachCharge(rates, usage, (_, tokens, usdPerMillion) => {
    costUsd += (tokens * usdPerMillion) / 1e6;
  });
  return costUsd;
}

/** The bill of a call, class by class; the lines add up to `costOf`. Classes without tokens have no line. */
export function explainCost(rates: Rates, usage: Usage): CostLine[] {
  const lines: CostLine[] = [];
  forEachCharge(rates, usage, (tokenClass, tokens, usdPerMillion) => {
    lines.push({ class: tokenClass, tokens, usdPerMillion, costUsd: (tokens * usdPerMillion) / 1e6 });
  });
  return lines;
}

type Charge = (tokenClass: TokenClass, tokens: number, usdPerMillion: number) => void;

function forEachCharge({ prices }: Rates, usage: Usage, charge: Charge): void {
  const add = (tokenClass: TokenClass, tokens: number): void => {
    const price = prices[tokenClass];
    if (tokens > 0 && price !== null) charge(tokenClass, tokens, priceAt(price, usage.inputTokens));
  };
  chargeInput(prices, usage, add);
  chargeOutput(prices, usage, add);
}

type Add = (tokenClass: TokenClass, tokens: number) => void;

function chargeInput(prices: Rates["prices"], usage: Usage, add: Add): void {
  const total = usage.inputTokens;
  const part = (tokenClass: TokenClass, tokens: number | undefined, limit: number): number =>
    prices[tokenClass] === null ? 0 : atMost(tokens, limit);
  const cacheRead = part("cache_read", usage.cacheReadTokens, total);
  const cacheReadAudio = part("cache_read_audio", usage.cacheReadAudioTokens, cacheRead);
  const cacheWrite = part("cache_write", usage.cacheWriteTokens, total - cacheRead);
  const cacheWrite1h = part("cache_write_1h", usage.cacheWrite1hTokens, cacheWrite);
  const freshAudio = (usage.audioInputTokens ?? 0) - atMost(usage.cacheReadAudioTokens, cacheRead);
  const audio = part("audio_input", freshAudio, total - cacheRead - cacheWrite);
  const image = part("image_input", usage.imageInputTokens, total - cacheRead - cacheWrite - audio);
  add("input", total - cacheRead - cacheWrite - audio - image);
  add("cache_read", cacheRead - cacheReadAudio);
  add("cache_read_audio", cacheReadAudio);
  add("cache_write", cacheWrite - cacheWrite1h);
  add("cache_write_1h", cacheWrite1h);
  add("audio_input", audio);
  add("image_input", image);
}

function chargeOutput(prices: Rates["prices"], usage: Usage, add: Add): void {
  const total = usage.outputTokens;
  const part = (tokenClass: TokenClass, tokens: number | undefined, limit: number): number =>
    prices[tokenClass] === null ? 0 : atMost(tokens, limit);
  const reasoning = part("reasoning", usage.reasoningTokens, total);
  const audio = part("audio_output", usage.audioOutputTokens, total - reasoning);
  const image = part("image_output", usage.imageOutputTokens, total - reasoning - audio);
  add("output", total - reasoning - audio - image);
  add("reasoning", reasoning);
  add("audio_output", audio);
  add("image_output", image);
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
