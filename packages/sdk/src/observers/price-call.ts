import { costOf, findRates, type Rates } from "@spanlight/prices";
import type { CallRecord } from "../call-record.ts";

const hourMs = 3_600_000;
const maxCached = 500;

/** Prices calls; the rates of a model are looked up once an hour. */
export interface CallPricer {
  /** Null for a call without token counts and for a model without a price. */
  costUsd(record: CallRecord): number | null;
}

export function createCallPricer(now: () => number = Date.now): CallPricer {
  let hour = -1;
  const cache = new Map<string, Rates | null>();

  function ratesOf(provider: string, model: string): Rates | null {
    const timeMs = now();
    if (Math.floor(timeMs / hourMs) !== hour || cache.size >= maxCached) {
      hour = Math.floor(timeMs / hourMs);
      cache.clear();
    }
    const key = `${provider}\n${model}`;
    const known = cache.get(key);
    if (known !== undefined) return known;
    const rates = findRates({ provider, model, timeMs });
    cache.set(key, rates);
    return rates;
  }

  return {
    costUsd(record: CallRecord): number | null {
      const { usage } = record;
      if (usage === undefined) return null;
      const rates = ratesOf(record.provider, record.model) ?? ratesOf(record.provider, record.requestModel);
      if (rates === null) return null;
      return costOf(rates, {
        inputTokens: usage.inputTokens,
        outputTokens: usage.outputTokens,
        cacheReadTokens: usage.cacheReadTokens ?? 0,
        cacheWriteTokens: usage.cacheWriteTokens ?? 0,
        reasoningTokens: usage.reasoningTokens ?? 0,
      });
    },
  };
}
