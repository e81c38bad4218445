import type { Settings } from "../config/config.ts";
import type { Log } from "../spool/inserter.ts";
import type { Spool } from "../spool/spool.ts";
import type { Engine } from "../store/engine.ts";
import type { AuditTrail } from "./audit-trail.ts";
import { createHousekeeping, type Housekeeping } from "./housekeeping.ts";
import { toRetentionRules } from "./retention-rules.ts";
import type { ServerTraces } from "./server-traces.ts";

/** Housekeeping by the settings; what it drops is in the audit log. */
export function openHousekeeping(
  settings: Settings,
  rooms: {
    engine: Engine;
    spool: Pick<Spool, "snapshot">;
    audit: AuditTrail;
    traces: Pick<ServerTraces, "around">;
    log: Log;
  },
): Housekeeping {
  const { engine, spool, audit, traces, log } = rooms;
  return createHousekeeping({
    engine,
    rules: toRetentionRules(settings),
    intervalMs: settings.housekeeping_interval_ms,
    log,
    now: Date.now,
    uptimeMs: () => performance.now(),
    countStored: () => countStored(spool),
    around: { round: traces.around.work, step: traces.around.step },
    onDropped: ({ table, day, ...detail }) =>
      audit.recordOwn({ action: "retention.drop", target: `${table} ${day}`, detail }),
  });
}

/** Items of every signal that the store has taken. */
function countStored(spool: Pick<Spool, "snapshot">): number {
  const { totals, inSpool } = spool.snapshot();
  const signals = ["traces", "metrics", "logs"] as const;
  return signals.reduce((sum, signal) => sum + totals[signal].accepted - inSpool[signal], 0);
}
