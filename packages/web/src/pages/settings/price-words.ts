import type { Prices, RepeatedCalls, UnpricedModels } from "@spanlight/contract";
import { formatCount, formatMoney, plural } from "../../lib/format.ts";

/** A list older than this misses models that are in use by now. */
const OLD_AFTER_DAYS = 90;

/** `@pydantic/genai-prices 0.1.8, 59 days old` */
export function describeList({ name, version, ageDays }: Prices["list"]): string {
  return `${name} ${version}, ${ageDays === 0 ? "of today" : `${plural(ageDays, "day")} old`}`;
}

/** What an old list means; null while it is not. */
export function warnOfAge({ ageDays }: Prices["list"]): string | null {
  return ageDays > OLD_AFTER_DAYS
    ? "Newer models and prices are missing: a newer version of Spanlight brings a newer list."
    : null;
}

/** How many prices somebody set, and where. */
export function describeOwnPrices(custom: Prices["custom"]): string {
  const inFile = custom.filter(({ origin }) => origin === "file").length;
  const byApi = custom.length - inFile;
  const parts = [
    inFile === 0 ? null : `${formatCount(inFile)} in spanlight.yaml`,
    byApi === 0 ? null : `${formatCount(byApi)} by the API`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? "none" : parts.join(", ");
}

/** Calls that two instrumentations reported and that are billed once, one sentence for each way they were told. */
export function describeRepeated(calls: RepeatedCalls): string[] {
  const { onArrival, later, laterCostUsd } = calls;
  return [
    onArrival === 0
      ? null
      : `${plural(onArrival, "call")} not billed, for another span reports the same call (since the start)`,
    later === 0 ? null : `${plural(later, "call")} taken off the bill later, ${formatMoney(laterCostUsd)}`,
  ].filter((line) => line !== null);
}

/** The name that a price has to have to fit. */
export function nameModel({ responseModel, requestModel }: UnpricedModels["items"][number]): string {
  return responseModel || requestModel || "(no model named)";
}

/** The calls of all models together. */
export function countUnpriced(models: UnpricedModels): number {
  return models.items.reduce((sum, { requests }) => sum + requests, 0);
}
