import type { CallRecord } from "../call-record.ts";
import { loadCallPricer, noPricer, type CallPricer } from "./price-call.ts";

/** Finished calls go through here to be observed with their price, the first ones after the price table has come. */
export interface LatePricer {
  price(record: CallRecord, observe: (record: CallRecord, costUsd: number | null) => void): void;
  /** Resolves when no call waits for the price table. */
  settle(): Promise<void>;
}

export function createLatePricer(onFailure: (error: unknown, where: string) => void): LatePricer {
  let pricer: CallPricer | undefined;
  let loading: Promise<void> | undefined;
  const waiting: (() => void)[] = [];

  async function load(): Promise<void> {
    try {
      pricer = await loadCallPricer();
    } catch (error) {
      pricer = noPricer;
      onFailure(error, "prices");
    }
    for (const step of waiting.splice(0)) step();
  }

  function price(record: CallRecord, observe: (record: CallRecord, costUsd: number | null) => void): void {
    if (pricer === undefined) {
      waiting.push(() => price(record, observe));
      loading ??= load();
      return;
    }
    try {
      observe(record, pricer.costUsd(record));
    } catch (error) {
      onFailure(error, "observer");
    }
  }

  return { price, settle: () => loading ?? Promise.resolve() };
}
