// The cost of a stored span as one SQL expression: what `costOf` of the price table works out, in the same order of operations.
import { tokenClasses, type Rates, type TokenClass } from "@spanlight/prices";
import type { Parameters } from "../store/engine.ts";
import { renderDetailTokens, renderReportedCost, renderServiceTier } from "./billing-sql.ts";

/** Spans that are priced alike: their provider, models and tier, and half an hour (since 1970) that they start in. */
export interface PriceGroup {
  readonly provider: string;
  readonly requestModel: string;
  readonly responseModel: string;
  readonly serviceTier: string;
  readonly slot: number;
}

export interface PricedGroup extends PriceGroup {
  readonly rates: Rates | null;
}

/** The half hour that a span starts in. */
export const slotSql = "intDiv(toUnixTimestamp64Nano(start_time), 1800000000000)";

/**
 * An expression of type Nullable(Float64): dollars; for a span of a group without rates what its sender says, else NULL. Names it binds
 * begin with `rp_`.
 */
export interface CostExpression {
  readonly sql: string;
  readonly parameters: Parameters;
}

export function renderCost(groups: readonly PricedGroup[]): CostExpression {
  const { rates, always, bySlot } = indexGroups(groups);
  if (rates.length === 0) return { sql: renderReportedCost(), parameters: {} };
  const key = `concat(provider, '\\n', request_model, '\\n', response_model, '\\n', ${renderServiceTier()}) AS rp_key`;
  const fixed = always.size === 0 ? `if(isNull(${key}), 0, 0)` : renderTransform(key, "rp_always");
  const moving =
    bySlot.size === 0 ? "0" : renderTransform(`concat(toString(${slotSql}), '\n', rp_key)`, "rp_by_slot");
  const index = `(if((${fixed} AS rp_fixed) > 0, rp_fixed, ${moving}) + 1) AS rp_index`;
  return {
    sql: `if((${index}) = 1, ${renderReportedCost()}, ${renderSum(rates)})`,
    parameters: {
      rp_always_keys: [...always.keys()],
      rp_always_numbers: [...always.values()],
      rp_by_slot_keys: [...bySlot.keys()],
      rp_by_slot_numbers: [...bySlot.values()],
    },
  };
}

/** Groups whose price is the same in every slot they occur in are found without it. */
function indexGroups(groups: readonly PricedGroup[]): {
  rates: Rates[];
  always: Map<string, number>;
  bySlot: Map<string, number>;
} {
  const rates: Rates[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (found: Rates | null): number => {
    if (found === null) return 0;
    const text = JSON.stringify(found.prices);
    const known = numbers.get(text) ?? rates.push(found);
    numbers.set(text, known);
    return known;
  };
  const always = new Map<string, number>();
  const bySlot = new Map<string, number>();
  for (const list of groupByKey(groups).values()) {
    const [first] = list;
    if (first === undefined) continue;
    const isSteady = list.every((group) => numberOf(group.rates) === numberOf(first.rates));
    if (isSteady) always.set(toKey(first), numberOf(first.rates));
    else for (const group of list) bySlot.set(`${group.slot}\n${toKey(group)}`, numberOf(group.rates));
  }
  return { rates, always: withoutZero(always), bySlot: withoutZero(bySlot) };
}

function groupByKey(groups: readonly PricedGroup[]): Map<string, PricedGroup[]> {
  const byKey = new Map<string, PricedGroup[]>();
  for (const group of groups) {
    const list = byKey.get(toKey(group)) ?? [];
    list.push(group);
    byKey.set(toKey(group), list);
  }
  return byKey;
}

function toKey({ provider, requestModel, responseModel, serviceTier }: PriceGroup): string {
  return `${provider}\n${requestModel}\n${responseModel}\n${serviceTier}`;
}

function withoutZero(numbers: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...numbers].filter(([, number]) => number > 0));
}

function renderTransform(value: string, name: string): string {
  return `transform(${value}, {${name}_keys:Array(String)}, {${name}_numbers:Array(Int32)}, toInt32(0))`;
}

/** Tokens of each class, most of them a part of one before; bound to names so that each is worked out once. */
const classTokens: Readonly<Record<TokenClass, string>> = {
  input: "rp_total_in - rp_cache_read - rp_cache_write - rp_audio_input - rp_image_input",
  cache_read: "rp_cache_read - rp_cache_read_audio",
  cache_read_audio: "rp_cache_read_audio",
  cache_write: "rp_cache_write - rp_cache_write_1h",
  cache_write_1h: "rp_cache_write_1h",
  audio_input: "rp_audio_input",
  image_input: "rp_image_input",
  output: "rp_total_out - rp_reasoning - rp_audio_output - rp_image_output",
  reasoning: "rp_reasoning",
  audio_output: "rp_audio_output",
  image_output: "rp_image_output",
};

function renderSum(rates: readonly Rates[]): string {
  const bindings = renderBindings(rates);
  const terms = tokenClasses.map(
    (tokenClass) => `(${classTokens[tokenClass]}) * ${renderPrice(rates, tokenClass)} / 1e6`,
  );
  // The bindings stand in an array of which the last element counts: the engine has no other way to name a value within an expression.
  return `tupleElement(tuple(${[...bindings, terms.join(" + ")].join(",\n")}), ${bindings.length + 1})`;
}

function renderBindings(rates: readonly Rates[]): string[] {
  const part = (tokenClass: TokenClass, tokens: string, limit: string): string => {
    const has = rates.map(({ prices }) => (prices[tokenClass] === null ? 0 : 1));
    if (!has.includes(1)) return `0. AS rp_${tokenClass}`;
    return `${renderPick([1, ...has])} * greatest(0., least(${tokens}, ${limit})) AS rp_${tokenClass}`;
  };
  const column = (name: string): string => `toFloat64(ifNull(${name}, 0))`;
  const freshAudio = `${renderDetailTokens("audioInputTokens")} - greatest(0., least(${renderDetailTokens("cacheReadAudioTokens")}, rp_cache_read))`;
  return [
    `${column("input_tokens")} AS rp_total_in`,
    `${column("output_tokens")} AS rp_total_out`,
    part("cache_read", column("cache_read_tokens"), "rp_total_in"),
    part("cache_read_audio", renderDetailTokens("cacheReadAudioTokens"), "rp_cache_read"),
    part("cache_write", column("cache_write_tokens"), "rp_total_in - rp_cache_read"),
    part("cache_write_1h", renderDetailTokens("cacheWrite1hTokens"), "rp_cache_write"),
    part("audio_input", freshAudio, "rp_total_in - rp_cache_read - rp_cache_write"),
    part(
      "image_input",
      renderDetailTokens("imageInputTokens"),
      "rp_total_in - rp_cache_read - rp_cache_write - rp_audio_input",
    ),
    part("reasoning", column("reasoning_tokens"), "rp_total_out"),
    part("audio_output", renderDetailTokens("audioOutputTokens"), "rp_total_out - rp_reasoning"),
    part(
      "image_output",
      renderDetailTokens("imageOutputTokens"),
      "rp_total_out - rp_reasoning - rp_audio_output",
    ),
  ];
}

const never = 1e300;

/** Dollars per million tokens of the class for the row's rates and input. */
function renderPrice(rates: readonly Rates[], tokenClass: TokenClass): string {
  const prices = rates.map((each) => each.prices[tokenClass]);
  const tierCount = Math.max(0, ...prices.map((price) => price?.tiers.length ?? 0));
  let sql = renderPick([0, ...prices.map((price) => price?.baseUsdPerMillion ?? 0)]);
  for (let tier = 0; tier < tierCount; tier += 1) {
    const starts = prices.map((price) => price?.tiers[tier]?.startTokens ?? never);
    const amounts = prices.map((price) => price?.tiers[tier]?.usdPerMillion ?? 0);
    sql = `if(rp_total_in > ${renderPick([never, ...starts])}, ${renderPick([0, ...amounts])}, ${sql})`;
  }
  return sql;
}

/** The value of the row's rates; the first of the list is for rows that have none. */
function renderPick(values: readonly number[]): string {
  const rest = values.slice(1);
  if (rest.every((value) => value === rest[0])) return renderNumber(rest[0] ?? 0);
  return `[${values.map((value) => renderNumber(value)).join(", ")}][rp_index]`;
}

function renderNumber(value: number): string {
  return Number.isInteger(value) && value < 2 ** 53 ? `${value}.` : String(value);
}
