import type { CostLine, Span } from "@spanlight/contract";
import { explainCost } from "@spanlight/prices";
import { readBillingDetails } from "../normalise/billing-details.ts";
import { readReportedCost } from "../normalise/reported-cost.ts";
import type { Pricer } from "../price/price-call.ts";

/** What of a stored span its bill is made of. */
export interface StoredCall {
  readonly billed: number;
  readonly costUsd: number | null;
  readonly provider: string;
  readonly requestModel: string;
  readonly responseModel: string;
  readonly startNs: string;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly cacheWriteTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly attributeKeys: readonly string[];
  readonly attributeValues: readonly string[];
}

/** The lines of a bill, and whose prices they are. */
export interface CostExplanation {
  readonly lines: CostLine[];
  readonly pricedBy: Span["pricedBy"];
}

export const noExplanation: CostExplanation = { lines: [], pricedBy: null };

/** Nobody here knows the price, or the tokens: the sender said the sum. */
const reportedExplanation: CostExplanation = {
  lines: [],
  pricedBy: { source: "reported", provider: "", model: "", serviceTier: "", priceId: null, isCurrent: true },
};

/** The lines may differ from the stored cost by this share and still be its explanation. */
const sameShare = 1e-9;

/**
 * The bill of a stored span; none where it is not billed or has no price. `pricedBy.isCurrent` is false where the stored cost was worked
 * out by prices that have changed since: recalculating would change it to the sum of the lines.
 */
export function explainStoredCost(pricer: Pricer, call: StoredCall): CostExplanation {
  if (call.billed === 0 || call.costUsd === null) return noExplanation;
  const textOf = (key: string): string => call.attributeValues[call.attributeKeys.indexOf(key)] ?? "";
  const details = readBillingDetails(textOf);
  const rates = pricer.findRates({
    ...call,
    timeMs: Number(BigInt(call.startNs) / 1_000_000n),
    serviceTier: details.serviceTier,
  });
  // Without token counts there is nothing that a price could be of.
  const isPaid = call.inputTokens !== null || call.outputTokens !== null;
  if (rates === null || !isPaid)
    return readReportedCost(textOf) === null ? noExplanation : reportedExplanation;
  const lines = explainCost(rates, {
    ...details,
    inputTokens: call.inputTokens ?? 0,
    outputTokens: call.outputTokens ?? 0,
    cacheReadTokens: call.cacheReadTokens ?? 0,
    cacheWriteTokens: call.cacheWriteTokens ?? 0,
    reasoningTokens: call.reasoningTokens ?? 0,
  });
  const sum = lines.reduce((total, line) => total + line.costUsd, 0);
  return {
    lines,
    pricedBy: {
      source: rates.source,
      provider: rates.providerId,
      model: rates.modelId,
      serviceTier: details.serviceTier,
      priceId: rates.priceId,
      isCurrent: Math.abs(sum - call.costUsd) <= sameShare * Math.max(sum, call.costUsd),
    },
  };
}
