import { setTimeout as delay } from "node:timers/promises";
import type { RepeatedCalls } from "@spanlight/contract";
import { createBillingCheck, type BillingCheck } from "../costs/billing-check.ts";
import type { Costs } from "../costs/create-costs.ts";
import type { Log } from "../spool/inserter.ts";
import type { Spool } from "../spool/spool.ts";
import type { Engine } from "../store/engine.ts";
import type { Intake } from "./intake.ts";
import type { LiveFeeds } from "./live-feeds.ts";
import { untilStored } from "./open-costs.ts";

/** The resident that takes model calls off the bill which repeat others, and what came of it with what was told on arrival. */
export interface ServerBillingCheck extends Pick<BillingCheck, "start" | "close"> {
  report(project: string): RepeatedCalls;
  listProjects(): string[];
}

export interface BillingCheckRooms {
  readonly engine: Engine;
  readonly spool: Spool;
  readonly intake: Pick<Intake, "recentCalls">;
  readonly costs: Costs;
  readonly live: LiveFeeds;
  readonly log: Log;
}

export function openBillingCheck(rooms: BillingCheckRooms): ServerBillingCheck {
  const { engine, spool, costs, live, log } = rooms;
  const { recentCalls } = rooms.intake;
  const check = createBillingCheck({
    engine,
    countAccepted: () => spool.snapshot().totals.traces.accepted,
    countBilledTwice: () => recentCalls.billedTwice,
    isBusy: () => costs.reprice.isRunning(),
    readSpoolAgeMs: () => spool.snapshot().oldestAgeMs,
    untilStored: (signal) => untilStored(spool, signal),
    wait: (delayMs, signal) => delay(delayMs, undefined, { signal, ref: false }).catch(() => undefined), // told to stop
    onChanged: (projects) => live.notifyStored(projects),
    report: (what, fields) => log("error" in fields ? "warn" : "info", what, fields),
    now: Date.now,
    processStartMs: Math.floor(performance.timeOrigin),
  });
  return {
    start: () => check.start(),
    close: () => check.close(),
    listProjects: () => [...new Set([...recentCalls.unbilled.keys(), ...check.listProjects()])],
    report(project) {
      const { calls, costUsd, lastAt } = check.report(project);
      const onArrival = recentCalls.unbilled.get(project) ?? 0;
      return { onArrival, later: calls, laterCostUsd: costUsd, lastLaterAt: lastAt };
    },
  };
}
