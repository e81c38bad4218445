import type { Usage } from "@spanlight/prices";
import { noBillingDetails, type BillingDetails } from "../normalise/billing-details.ts";
import type { UsageDetails } from "../normalise/usage-details.ts";
import type { Word } from "../normalise/words.ts";
import type { PricedCall, Pricer } from "../price/price-call.ts";

/** A billed span. */
export interface BilledSpan {
  readonly provider: Word;
  readonly requestModel: Word;
  readonly responseModel: Word;
  readonly startMs: number;
}

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** What the pricer is asked, reused: every billed span is priced on its way in. */
const call: Writable<PricedCall> = {
  provider: "",
  requestModel: "",
  responseModel: "",
  timeMs: 0,
  serviceTier: undefined,
};
const plainUsage: Writable<Usage> = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
};

/** What a billed span costs in US dollars; null for a model without a price. */
export function priceSpan(
  pricer: Pricer,
  span: BilledSpan,
  tokens: UsageDetails,
  details: BillingDetails,
): number | null {
  plainUsage.inputTokens = Math.max(0, tokens.input);
  plainUsage.outputTokens = Math.max(0, tokens.output);
  plainUsage.cacheReadTokens = Math.max(0, tokens.cacheRead);
  plainUsage.cacheWriteTokens = Math.max(0, tokens.cacheWrite);
  plainUsage.reasoningTokens = Math.max(0, tokens.reasoning);
  call.provider = span.provider.text;
  call.requestModel = span.requestModel.text;
  call.responseModel = span.responseModel.text;
  call.timeMs = span.startMs;
  call.serviceTier = details.serviceTier;
  return pricer.price(call, details === noBillingDetails ? plainUsage : { ...plainUsage, ...details });
}
