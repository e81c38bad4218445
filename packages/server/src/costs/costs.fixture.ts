import { setTimeout as delay } from "node:timers/promises";
import { Pricer } from "../price/price-call.ts";
import type { SpanSeed } from "../query/spans.fixture.ts";
import type { Engine } from "../store/engine.ts";
import { createCosts, type Costs } from "./create-costs.ts";

/** All time there is, in Unix nanoseconds. */
export const always = { fromNs: 0n, toNs: 9_000_000_000_000_000_000n };

/** Costs over a store that has everything already. */
export function openTestCosts(engine: Engine, pricer = new Pricer()): Promise<Costs> {
  return createCosts({
    engine,
    pricer,
    filePrices: [],
    untilStored: () => Promise.resolve(),
    wait: (signal) => delay(10, undefined, { signal }).catch(() => undefined),
    report: () => undefined,
  });
}

/** A model call as it was stored before anybody knew its price. */
export function unpricedCall(span: number, model: string, columns: object = {}): SpanSeed {
  return {
    trace: span,
    span,
    at: span * 1000,
    columns: {
      span_type: "model",
      operation: "chat",
      provider: "openai",
      model,
      request_model: model,
      input_tokens: 1000,
      output_tokens: 100,
      billed: 1,
      unpriced: 1,
      ...columns,
    },
  };
}
