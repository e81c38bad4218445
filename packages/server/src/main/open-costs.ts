import { setTimeout as delay } from "node:timers/promises";
import { ConfigError, type Settings } from "../config/config.ts";
import { createCosts, type Costs } from "../costs/create-costs.ts";
import { PriceFileError } from "../costs/errors.ts";
import { readFilePrices } from "../costs/file-prices.ts";
import type { Pricer } from "../price/price-call.ts";
import type { Log } from "../spool/inserter.ts";
import type { Spool } from "../spool/spool.ts";
import type { Engine } from "../store/engine.ts";

const pauseMs = 200;

/** Reads custom prices, of spanlight.yaml and of the API, and has the pricer use them. Throws ConfigError. */
export function openCosts(
  settings: Settings,
  rooms: { engine: Engine; spool: Spool; pricer: Pricer; log: Log },
): Promise<Costs> {
  const { engine, spool, pricer, log } = rooms;
  return createCosts({
    engine,
    pricer,
    filePrices: readPrices(settings),
    untilStored: (signal) => untilStored(spool, signal),
    wait: pause,
    report: (what, fields) => log("info", what, fields),
  });
}

function readPrices(settings: Settings): ReturnType<typeof readFilePrices> {
  try {
    return readFilePrices(settings.prices);
  } catch (cause) {
    if (cause instanceof PriceFileError) throw new ConfigError(cause.message, { cause });
    throw cause;
  }
}

/**
 * What was accepted before was priced by the prices of before: it is priced anew once the store has it. The spool hands over in the order
 * in which it took, so counting is enough; a clock may jump.
 */
export async function untilStored(spool: Spool, signal: AbortSignal): Promise<void> {
  const { accepted } = spool.snapshot().totals.traces;
  while (!signal.aborted) {
    const { totals, inSpool } = spool.snapshot();
    if (totals.traces.accepted - inSpool.traces >= accepted) return;
    await pause(signal);
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return delay(pauseMs, undefined, { signal, ref: false }).catch(() => undefined); // told to stop
}
