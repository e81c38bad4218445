// What a call cost by the word of whoever sent it (OpenLIT, OpenInference, Opik, Langfuse, gateways like OpenRouter): taken where no price
// is known.
import { readPlainNumber } from "./plain-number.ts";

/** Attributes that say it in US dollars, as a number or as an object of amounts; the one to believe first in front. They stay attributes. */
export const reportedCostKeys: readonly string[] = [
  "gen_ai.usage.cost",
  "llm.cost.total",
  "opik.total_estimated_cost",
  "langfuse.observation.cost_details",
];

/** The amount of an object that is the sum of its others. */
export const wholeAmount = "total";

/** More than this for one call is a mistake, and not believed. */
export const mostReportedUsd = 1_000_000;

/**
 * Dollars by the span's attributes as text; null where none says it. 0 is what instrumentations write that know no price either, and no
 * cost. `textOf` answers an empty text for an attribute that is not there.
 */
export function readReportedCost(textOf: (key: string) => string): number | null {
  for (const key of reportedCostKeys) {
    const costUsd = toDollars(textOf(key));
    if (costUsd > 0 && costUsd <= mostReportedUsd) return costUsd;
  }
  return null;
}

function toDollars(text: string): number {
  const said = readPlainNumber(text);
  if (said !== undefined) return said;
  const amounts = parseAmounts(text);
  const whole = amounts.get(wholeAmount) ?? 0;
  return whole > 0 ? whole : [...amounts.values()].reduce((sum, amount) => sum + amount, 0);
}

/** Amounts may be texts, as the store's JSON functions read them. */
function parseAmounts(text: string): Map<string, number> {
  const amounts = new Map<string, number>();
  if (!text.startsWith("{")) return amounts;
  try {
    for (const [name, value] of Object.entries(JSON.parse(text) as object)) {
      const amount: unknown = typeof value === "string" ? readPlainNumber(value) : value;
      if (typeof amount === "number") amounts.set(name, amount);
    }
  } catch {
    // whatever it is says nothing here
  }
  return amounts;
}
