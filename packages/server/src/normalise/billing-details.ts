import {
  billingDetails,
  billingKeys,
  billingPaths,
  type BillingDetail,
  type BillingPath,
} from "./billing-keys.ts";
import { readPlainNumber } from "./plain-number.ts";

/** What a call is charged by beside its token counts; 0 = not said. */
export interface BillingDetails {
  /** Lower case; empty = the standard tier. */
  readonly serviceTier: string;
  readonly cacheWrite1hTokens: number;
  readonly cacheReadAudioTokens: number;
  readonly audioInputTokens: number;
  readonly imageInputTokens: number;
  readonly audioOutputTokens: number;
  readonly imageOutputTokens: number;
}

export const noBillingDetails: BillingDetails = {
  serviceTier: "",
  cacheWrite1hTokens: 0,
  cacheReadAudioTokens: 0,
  audioInputTokens: 0,
  imageInputTokens: 0,
  audioOutputTokens: 0,
  imageOutputTokens: 0,
};

/** Names of the standard tier; `auto` leaves the choice to the provider, whose answer says what it took. */
export const standardTiers: readonly string[] = ["auto", "default", "standard", "on_demand"];

/** Every attribute that can say something for the bill. */
export const billingAttributeKeys: readonly string[] = [
  ...new Set(
    billingDetails.flatMap((detail) => [
      ...billingKeys[detail],
      ...billingPaths[detail].map(({ key }) => key),
    ]),
  ),
];

const attributeKeys: ReadonlySet<string> = new Set(billingAttributeKeys);

/** True for the key of an attribute that can say something for the bill. */
export function isBillingKey(key: string): boolean {
  return attributeKeys.has(key);
}

const maxTokens = 2 ** 32 - 1;

/** Reads the details of a call from its attributes as text; `textOf` answers an empty text for one that is not there. */
export function readBillingDetails(textOf: (key: string) => string): BillingDetails {
  const parsed = new Map<string, unknown>();
  const objectOf = (key: string): unknown => {
    if (!parsed.has(key)) parsed.set(key, parse(textOf(key)));
    return parsed.get(key);
  };
  const count = (detail: Exclude<BillingDetail, "serviceTier">): number => {
    const own = firstText(billingKeys[detail], textOf);
    return own === "" ? readPaths(billingPaths[detail], objectOf) : toTokens(own);
  };
  return {
    serviceTier: toServiceTier(firstText(billingKeys.serviceTier, textOf)),
    cacheWrite1hTokens: count("cacheWrite1hTokens"),
    cacheReadAudioTokens: count("cacheReadAudioTokens"),
    audioInputTokens: count("audioInputTokens"),
    imageInputTokens: count("imageInputTokens"),
    audioOutputTokens: count("audioOutputTokens"),
    imageOutputTokens: count("imageOutputTokens"),
  };
}

function toServiceTier(text: string): string {
  const tier = text.toLowerCase();
  return standardTiers.includes(tier) ? "" : tier;
}

function firstText(keys: readonly string[], textOf: (key: string) => string): string {
  for (const key of keys) {
    const text = textOf(key);
    if (text !== "") return text;
  }
  return "";
}

function readPaths(paths: readonly BillingPath[], objectOf: (key: string) => unknown): number {
  for (const { key, path } of paths) {
    let value = objectOf(key);
    for (const name of path) value = memberOf(value, name);
    const tokens = toTokens(value);
    if (tokens > 0) return tokens;
  }
  return 0;
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function parse(text: string): unknown {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // whatever it is says nothing here
  }
}

function toTokens(given: unknown): number {
  const value = typeof given === "string" ? readPlainNumber(given) : given;
  if (typeof value !== "number" || !Number.isFinite(value) || value <= 0) return 0;
  return Math.min(maxTokens, Math.trunc(value));
}
