// What `normalise/billing-details.ts` reads from the attributes of a span, as SQL over the stored columns: the same keys, the same order.
// No column holds any of them: they are all among `rest_attributes`.
import { billingKeys, billingPaths, type BillingDetail } from "../normalise/billing-keys.ts";
import { billingAttributeKeys, standardTiers } from "../normalise/billing-details.ts";
import { mostReportedUsd, reportedCostKeys, wholeAmount } from "../normalise/reported-cost.ts";
import { quoteText } from "../store/parameters.ts";

/** True where a span has an attribute that says something for the bill: looking through every map costs more than all the rest. */
const hasDetails = `hasAny(mapKeys(rest_attributes), ${renderTexts(billingAttributeKeys)})`;

/** The service tier of a span; empty = the standard one. */
export function renderServiceTier(): string {
  const tier = `lower(${renderFirstText(billingKeys.serviceTier)})`;
  return `if(${hasDetails}, if(has(${renderTexts(standardTiers)}, ${tier}), '', ${tier}), '')`;
}

/** Tokens of a class of their own, as Float64. */
export function renderDetailTokens(detail: Exclude<BillingDetail, "serviceTier">): string {
  const own = renderFirstText(billingKeys[detail]);
  const paths = billingPaths[detail].map(
    ({ key, path }) =>
      `JSONExtractFloat(rest_attributes[${quoteText(key)}], ${path.map((name) => quoteText(name)).join(", ")})`,
  );
  const inside = paths.length === 0 ? "0." : `arrayFirst(count -> count > 0, [${paths.join(", ")}])`;
  const found = `if(${own} != '', toFloat64OrZero(${own}), ${inside})`;
  return `if(${hasDetails}, ${renderTokens(found)}, 0.)`;
}

/** What the sender says a span cost, in dollars (`normalise/reported-cost.ts`): Nullable(Float64). */
export function renderReportedCost(): string {
  const amounts = reportedCostKeys.map((key) => {
    const text = `rest_attributes[${quoteText(key)}]`;
    const whole = `JSONExtractFloat(${text}, ${quoteText(wholeAmount)})`;
    const parts = `arraySum(amount -> amount.2, JSONExtractKeysAndValues(${text}, 'Float64'))`;
    return `if(startsWith(${text}, '{'), if(${whole} > 0, ${whole}, ${parts}), toFloat64OrZero(${text}))`;
  });
  const believed = `arrayFirst(amount -> amount > 0 AND amount <= ${mostReportedUsd}, [${amounts.join(", ")}])`;
  return `if(hasAny(mapKeys(rest_attributes), ${renderTexts(reportedCostKeys)}), nullIf(${believed}, 0), NULL)`;
}

function renderTokens(value: string): string {
  return `trunc(least(greatest(if(isFinite(${value}), ${value}, 0.), 0.), 4294967295.))`;
}

function renderFirstText(keys: readonly string[]): string {
  const values = keys.map((key) => `rest_attributes[${quoteText(key)}]`);
  return `arrayFirst(text -> text != '', [${values.join(", ")}])`;
}

export function renderTexts(texts: readonly string[]): string {
  return `[${texts.map((text) => quoteText(text)).join(", ")}]`;
}
