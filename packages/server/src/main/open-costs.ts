import { setTimeout as delay } from "node:timers/promises";
import type { Change } from "../api/record-change.ts";
import { serverActor } from "../audit/entry.ts";
import { ConfigError, type Settings } from "../config/config.ts";
import { createCosts, type Costs } from "../costs/create-costs.ts";
import { PriceFileError } from "../costs/errors.ts";
import { readFilePrices } from "../costs/file-prices.ts";
import { defaultProject } from "../keys/key.ts";
import type { Pricer } from "../price/price-call.ts";
import type { Log } from "../spool/inserter.ts";
import type { Spool } from "../spool/spool.ts";
import type { Engine } from "../store/engine.ts";
import { auditPrices } from "./audit-prices.ts";
import type { AuditTrail } from "./audit-trail.ts";
import type { ServerTraces } from "./server-traces.ts";

const pauseMs = 200;

/** Reads custom prices, of spanlight.yaml and of the API, and has the pricer use them; tells the audit log of those it has not seen before. Throws ConfigError. */
export async function openCosts(
  settings: Settings,
  rooms: {
    engine: Engine;
    spool: Spool;
    pricer: Pricer;
    audit: AuditTrail;
    traces: ServerTraces;
    log: Log;
  },
): Promise<Costs> {
  const { engine, spool, pricer, audit, log } = rooms;
  const costs = await createCosts({
    engine,
    pricer,
    filePrices: readPrices(settings),
    untilStored: (signal) => untilStored(spool, signal),
    wait: pause,
    around: rooms.traces.around.reprice,
    report: (what, fields) => log("info", what, fields),
  });
  const record = (change: Change): Promise<void> => audit.record(defaultProject, serverActor, change);
  await auditPrices(costs.listPrices(Date.now()), { data: settings.data, record, log });
  return costs;
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
