import type { ApiKey, KeyAccounting } from "@spanlight/contract";
import { formatBytes, formatCompact, formatCount } from "../../lib/format.ts";

/** True where there is more to tell than what the sums say: somebody sent with a key. */
export function isToldByKey(keys: readonly KeyAccounting[]): boolean {
  return keys.some(({ keyId }) => keyId !== null);
}

const SHOWN = 12;

/** The keys that sent the most, in the order in which they first did. */
export function chooseShownKeys(keys: readonly KeyAccounting[]): readonly KeyAccounting[] {
  if (keys.length <= SHOWN) return keys;
  const chosen = new Set(keys.toSorted((left, right) => itemsOf(right) - itemsOf(left)).slice(0, SHOWN));
  return keys.filter((key) => chosen.has(key));
}

function itemsOf({ traces, metrics, logs }: KeyAccounting): number {
  return traces.received + metrics.received + logs.received;
}

/** `12 refused: rate limited`; null where none was. */
export function describeRefused(refused: Readonly<Record<string, number>>): string | null {
  const parts = Object.entries(refused).map(
    ([reason, count]) => `${formatCount(count)} refused: ${reason.replaceAll("_", " ")}`,
  );
  return parts.length === 0 ? null : parts.join(", ");
}

/** `50 requests/s, 4.8 MiB/s`; what is not limited by the key itself is not named. */
export function describeLimits({ maxRequestsPerSecond, maxBytesPerSecond }: ApiKey): string {
  return [
    maxRequestsPerSecond === null ? null : `${formatCompact(maxRequestsPerSecond)} requests/s`,
    maxBytesPerSecond === null ? null : `${formatBytes(maxBytesPerSecond)}/s`,
  ]
    .filter((part) => part !== null)
    .join(", ");
}

/** What somebody typed as a limit: nothing = none of its own; undefined where it is no number above 0. */
export function parseLimit(text: string): number | null | undefined {
  const plain = text.replaceAll(/[\s,_]/g, "");
  if (plain === "") return null;
  const match = /^(\d+(?:\.\d+)?)(k|m|g|ki?b|mi?b|gi?b)?$/i.exec(plain);
  if (match === null) return undefined;
  const limit = Number(match[1]) * unitOf(match[2] ?? "");
  return limit > 0 && limit <= 1e15 ? limit : undefined;
}

function unitOf(unit: string): number {
  const power = ["", "k", "m", "g"].indexOf(unit.slice(0, 1).toLowerCase());
  return (unit.toLowerCase().includes("i") ? 1024 : 1000) ** power;
}
