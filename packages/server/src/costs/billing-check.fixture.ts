import { setTimeout as delay } from "node:timers/promises";
import { renderRollup } from "../query/rollup.ts";
import type { SpanSeed } from "../query/spans.fixture.ts";
import type { Engine } from "../store/engine.ts";
import { createBillingCheck, type BillingCheck, type BillingCheckOptions } from "./billing-check.ts";

/** A check over a store that has everything already. */
export function createTestCheck(engine: Engine, options: Partial<BillingCheckOptions> = {}): BillingCheck {
  return createBillingCheck({
    engine,
    countAccepted: () => 1,
    countBilledTwice: () => 0,
    isBusy: () => false,
    readSpoolAgeMs: () => null,
    untilStored: () => Promise.resolve(),
    wait: (_delayMs, signal) => delay(10, undefined, { signal }).catch(() => undefined),
    onChanged: () => undefined,
    report: () => undefined,
    now: Date.now,
    processStartMs: Date.now(),
    ...options,
  });
}

/** A call of 1,000 and 100 tokens for a cent, as it was stored: billed. */
export function billedCall(
  seed: { trace: number; span: number; parent?: number; block?: number; at?: number; ms?: number },
  columns: object = {},
  attributes: Readonly<Record<string, string>> = {},
): SpanSeed {
  const call = {
    span_type: "model",
    operation: "chat",
    provider: "openai",
    model: "gpt-4o",
    input_tokens: 1000,
    output_tokens: 100,
    cost_usd: 0.01,
    billed: 1,
  };
  return { at: 0, ms: 1000, ...seed, columns: { ...call, ...columns }, attributes };
}

/** The numbers of the spans that are billed. */
export async function readBilled(engine: Engine, project = "default"): Promise<number[]> {
  const rows = await engine.query<{ span: string }>({
    sql: "SELECT DISTINCT hex(span_id) AS span FROM spans WHERE billed = 1 AND project = {project:String} ORDER BY span",
    parameters: { project },
  });
  return rows.map(({ span }) => Number.parseInt(span, 16));
}

export interface Totals {
  readonly calls: number;
  readonly inputTokens: number;
  readonly costUsd: number;
  readonly unpriced: number;
}

/** What is billed, by the rows themselves and by the rollup. */
export async function readTotals(engine: Engine): Promise<{ raw: Totals; rollup: Totals }> {
  const [raw] = await engine.query<Totals>({
    sql: `SELECT toUInt32(count()) AS calls, toFloat64(sum(input_tokens)) AS inputTokens, sum(cost_usd) AS costUsd,
  toUInt32(sum(unpriced)) AS unpriced FROM spans WHERE billed = 1`,
    settings: { optimize_use_projections: 0 },
  });
  const [rollup] = await engine.query<Totals>({
    sql: `SELECT toUInt32(sum(spans)) AS calls, toFloat64(sum(input_tokens_sum)) AS inputTokens, sum(cost_usd_sum) AS costUsd,
  toUInt32(sum(unpriced_sum)) AS unpriced FROM (${renderRollup("billed = 1")})`,
    settings: { force_optimize_projection_name: "rollup_10s" },
  });
  if (raw === undefined || rollup === undefined) throw new Error("no totals");
  return { raw, rollup };
}
