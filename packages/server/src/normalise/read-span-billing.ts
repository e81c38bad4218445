import { readValue } from "../decode/read-value.ts";
import { placesPerAttribute, type AttributeList } from "../decode/span-view.ts";
import { isBillingKey, readBillingDetails, type BillingDetails } from "./billing-details.ts";

/** Reads what a span says for its bill beside its token counts: for the spans that say something. */
export function readSpanBilling(bytes: Buffer, { places, count }: AttributeList): BillingDetails {
  const texts = new Map<string, string>();
  for (let index = 0; index < count; index += 1) {
    const at = index * placesPerAttribute;
    const key = bytes.toString("latin1", places[at], places[at + 1]);
    if (isBillingKey(key) && !texts.has(key)) texts.set(key, toText(readValue(bytes, places, at)));
  }
  return readBillingDetails((key) => texts.get(key) ?? "");
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
