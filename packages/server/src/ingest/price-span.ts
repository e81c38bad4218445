import { noBillingDetails, type BillingDetails } from "../normalise/billing-details.ts";
import type { UsageDetails } from "../normalise/usage-details.ts";
import type { Word } from "../normalise/words.ts";
import type { Pricer } from "../price/price-call.ts";

/** A billed span. */
export interface BilledSpan {
  readonly provider: Word;
  readonly requestModel: Word;
  readonly responseModel: Word;
  readonly startMs: number;
}

/** What a billed span costs in US dollars; null for a model without a price. */
export function priceSpan(
  pricer: Pricer,
  span: BilledSpan,
  { tokens, details }: { tokens: UsageDetails; details: BillingDetails },
): number | null {
  const usage = {
    inputTokens: Math.max(0, tokens.input),
    outputTokens: Math.max(0, tokens.output),
    cacheReadTokens: Math.max(0, tokens.cacheRead),
    cacheWriteTokens: Math.max(0, tokens.cacheWrite),
    reasoningTokens: Math.max(0, tokens.reasoning),
  };
  const call = {
    provider: span.provider.text,
    requestModel: span.requestModel.text,
    responseModel: span.responseModel.text,
    timeMs: span.startMs,
    serviceTier: details.serviceTier,
  };
  return pricer.price(call, details === noBillingDetails ? usage : { ...usage, ...details });
}
