import { findRates, type Rates, type RatesQuery, type TokenPrice } from "./rates.ts";

/** Tokens of one call. Input includes cached tokens, output includes reasoning tokens, as in the GenAI conventions. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens?: number;
  readonly cacheWriteTokens?: number;
  readonly reasoningTokens?: number;
}

export type TokenClass = "input" | "cache_read" | "cache_write" | "output" | "reasoning";

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

function forEachCharge(rates: Rates, usage: Usage, charge: Charge): void {
  const reasoning = rates.reasoning === null ? 0 : atMost(usage.reasoningTokens, usage.outputTokens);
  const cacheRead = rates.cacheRead === null ? 0 : atMost(usage.cacheReadTokens, usage.inputTokens);
  const cacheWrite =
    rates.cacheWrite === null ? 0 : atMost(usage.cacheWriteTokens, usage.inputTokens - cacheRead);
  const add = (tokenClass: TokenClass, tokens: number, price: TokenPrice | null): void => {
    if (tokens > 0 && price !== null) charge(tokenClass, tokens, priceAt(price, usage.inputTokens));
  };
  add("input", usage.inputTokens - cacheRead - cacheWrite, rates.input);
  add("cache_read", cacheRead, rates.cacheRead);
  add("cache_write", cacheWrite, rates.cacheWrite);
  add("output", usage.outputTokens - reasoning, rates.output);
  add("reasoning", reasoning, rates.reasoning);
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
