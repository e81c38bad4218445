import { readValue } from "../decode/read-value.ts";
import { placesPerAttribute, type AttributeList } from "../decode/span-view.ts";
import { isBillingKey, readBillingDetails, type BillingDetails } from "./billing-details.ts";
import { readReportedCost, reportedCostKeys } from "./reported-cost.ts";

/** Reads what a span says for its bill beside its token counts: for the spans that say something. */
export function readSpanBilling(bytes: Buffer, attributes: AttributeList): BillingDetails {
  return readBillingDetails(readTexts(bytes, attributes, isBillingKey));
}

/** Reads what a span says it cost, in US dollars; null where it does not. */
export function readSpanReportedCost(bytes: Buffer, attributes: AttributeList): number | null {
  return readReportedCost(readTexts(bytes, attributes, (key) => reportedCostKeys.includes(key)));
}

/** The wanted attributes as text, empty where they are not there. */
function readTexts(
  bytes: Buffer,
  { places, count }: AttributeList,
  isWanted: (key: string) => boolean,
): (key: string) => string {
  const texts = new Map<string, string>();
  for (let index = 0; index < count; index += 1) {
    const at = index * placesPerAttribute;
    const key = bytes.toString("latin1", places[at], places[at + 1]);
    if (isWanted(key) && !texts.has(key)) texts.set(key, toText(readValue(bytes, places, at)));
  }
  return (key) => texts.get(key) ?? "";
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
