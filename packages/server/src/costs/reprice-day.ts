// One day of receipt, which is one partition of the spans: what recalculating it would change, and the change.
import type { RepriceFigures } from "@spanlight/contract";
import { priceSlotMs, type Pricer } from "../price/price-call.ts";
import type { Engine, Parameters, Query } from "../store/engine.ts";
import { renderServiceTier } from "./billing-sql.ts";
import { renderCost, slotSql, type CostExpression, type PriceGroup } from "./cost-sql.ts";

/** Spans of one day of receipt (`2026-11-21`) that started in `[fromNs, toNs)`. */
export interface DayRange {
  readonly day: string;
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

/** What a day's recalculation found and how to carry it out. */
export interface DayPlan {
  readonly figures: RepriceFigures;
  readonly cost: CostExpression;
}

const noFigures: RepriceFigures = {
  spansChecked: 0,
  spansChanged: 0,
  costBeforeUsd: 0,
  costAfterUsd: 0,
  unpricedBefore: 0,
  unpricedAfter: 0,
};

/** Models and tiers by half hour; more of them are no models but an attack, and refused by the engine. */
const mostGroups = 200_000;
const timeoutMs = 600_000;

/** Billed spans that say how many tokens they took: all that can have a price. */
const priced = `billed = 1 AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL)
  AND start_time >= fromUnixTimestamp64Nano({fromNs:Int64}, 'UTC') AND start_time < fromUnixTimestamp64Nano({toNs:Int64}, 'UTC')`;

/** The days of receipt that hold spans which started in the range, the oldest first. */
export async function listDays(engine: Engine, range: Omit<DayRange, "day">): Promise<string[]> {
  const rows = await engine.query<{ day: string }>({
    sql: `SELECT DISTINCT toString(toDate(received_at)) AS day FROM spans WHERE ${priced} ORDER BY day`,
    parameters: { fromNs: range.fromNs, toNs: range.toNs },
    timeoutMs,
  });
  return rows.map((row) => row.day);
}

/** Prices the spans of a day anew and compares with what is stored. */
export async function planDay(engine: Engine, pricer: Pricer, range: DayRange): Promise<DayPlan> {
  const groups = await engine.query<PriceGroup>({ ...renderGroups(range), timeoutMs });
  const pricedGroups = groups.map((group) => {
    const slot = Number(group.slot);
    return { ...group, slot, rates: pricer.findRates({ ...group, timeMs: slot * priceSlotMs }) };
  });
  const cost = renderCost(pricedGroups);
  const [figures] = await engine.query<RepriceFigures>({ ...renderComparison(range, cost), timeoutMs });
  return { figures: figures ?? noFigures, cost };
}

export function renderGroups(range: DayRange): Query {
  return {
    sql: `SELECT provider, request_model AS requestModel, response_model AS responseModel,
  ${renderServiceTier()} AS serviceTier, ${slotSql} AS slot
FROM spans
WHERE toDate(received_at) = {day:Date} AND ${priced}
GROUP BY provider, requestModel, responseModel, serviceTier, slot`,
    parameters: toParameters(range),
    maxRows: mostGroups,
  };
}

/** Two costs that differ by less than this share of them are the same: the last bits depend on the order of adding. */
const sameShare = "1e-9";

export function renderComparison(range: DayRange, cost: CostExpression): Query {
  return {
    sql: `SELECT
  toUInt32(count()) AS spansChecked,
  toUInt32(countIf(changed)) AS spansChanged,
  sumIf(ifNull(old_cost, 0), changed) AS costBeforeUsd,
  sumIf(ifNull(new_cost, 0), changed) AS costAfterUsd,
  toUInt32(countIf(changed AND old_unpriced = 1)) AS unpricedBefore,
  toUInt32(countIf(changed AND isNull(new_cost))) AS unpricedAfter
FROM (
  SELECT
    cost_usd AS old_cost, unpriced AS old_unpriced,
    ${cost.sql} AS new_cost,
    isNull(old_cost) != isNull(new_cost) OR old_unpriced != isNull(new_cost)
      OR ifNull(abs(new_cost - old_cost) > ${sameShare} * greatest(abs(new_cost), abs(old_cost)), 0) AS changed
  FROM spans
  WHERE toDate(received_at) = {day:Date} AND ${priced}
)`,
    parameters: { ...toParameters(range), ...cost.parameters },
  };
}

/** The statement that stores the new costs of a day; the engine carries it out in the background, also across a kill. */
export function renderUpdate(range: DayRange, cost: CostExpression): { sql: string; parameters: Parameters } {
  return {
    sql: `ALTER TABLE spans
  UPDATE cost_usd = ${cost.sql} IN PARTITION {day:String} WHERE ${priced},
  UPDATE unpriced = isNull(cost_usd) IN PARTITION {day:String} WHERE ${priced}
SETTINGS mutations_sync = 0`,
    parameters: { ...toParameters(range), ...cost.parameters },
  };
}

function toParameters({ day, fromNs, toNs }: DayRange): Parameters {
  return { day, fromNs, toNs };
}
