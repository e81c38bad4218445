import type * as prices from "@spanlight/prices";
import type { Rates } from "@spanlight/prices";
import type { CallRecord } from "../call-record.ts";

type Prices = Pick<typeof prices, "costOf" | "findRates">;

const hourMs = 3_600_000;
const maxCached = 500;

/** Prices calls; the rates of a model are looked up once an hour. */
export interface CallPricer {
  /** Null for a call without token counts and for a model without a price. */
  costUsd(record: CallRecord): number | null;
}

/** The price table takes longer to load than all the rest of the SDK: it is, when the first call has ended. */
export async function loadCallPricer(): Promise<CallPricer> {
  return createCallPricer(await import("@spanlight/prices"));
}

/** For a process whose price table cannot be loaded: no call has a price. */
export const noPricer: CallPricer = { costUsd: () => null };

function createCallPricer(table: Prices, now: () => number = Date.now): CallPricer {
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
    const rates = table.findRates({ provider, model, timeMs });
    cache.set(key, rates);
    return rates;
  }

  return {
    costUsd(record: CallRecord): number | null {
      const { usage } = record;
      if (usage === undefined) return null;
      const rates = ratesOf(record.provider, record.model) ?? ratesOf(record.provider, record.requestModel);
      if (rates === null) return null;
      return table.costOf(rates, {
        inputTokens: usage.inputTokens,
        outputTokens: usage.outputTokens,
        cacheReadTokens: usage.cacheReadTokens ?? 0,
        cacheWriteTokens: usage.cacheWriteTokens ?? 0,
        reasoningTokens: usage.reasoningTokens ?? 0,
      });
    },
  };
}
