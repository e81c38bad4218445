import { setTimeout as delay } from "node:timers/promises";
import type { RetentionReport } from "@spanlight/contract";
import type { Settings } from "../config/config.ts";
import type { Log } from "../spool/inserter.ts";
import { packClosedDays } from "../store/compaction.ts";
import { relieveCrowdedDays } from "../store/crowded-days.ts";
import type { Engine } from "../store/engine.ts";
import { applyRetention, type DroppedDay, type RetentionRule } from "../store/retention.ts";

/** Drops what is older or larger than is kept, and packs days that are over. */
export interface Housekeeping {
  /** Goes round from now on. */
  start(): void;
  /** Does everything once. */
  goRound(): Promise<void>;
  /** What is kept, as of the last round. */
  report(): readonly RetentionReport[];
  close(graceMs: number): Promise<void>;
}

export interface HousekeepingOptions {
  readonly engine: Engine;
  readonly rules: readonly RetentionRule[];
  readonly intervalMs: number;
  readonly log: Log;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Told of every day that was dropped. */
  readonly onDropped?: (day: DroppedDay) => void;
}

export function createHousekeeping(options: HousekeepingOptions): Housekeeping {
  const { engine, rules, intervalMs, log, now } = options;
  const abort = new AbortController();
  const reports = new Map(rules.map((rule) => [rule.name, toReport(rule)]));
  let running: Promise<void> = Promise.resolve();

  async function drop(rule: RetentionRule): Promise<void> {
    const { dropped, bytes, oldestDay } = await applyRetention(engine, rule, now());
    for (const day of dropped) {
      log("info", "day dropped", { ...day });
      options.onDropped?.(day);
    }
    const before = reports.get(rule.name) ?? toReport(rule);
    const isOverLimit = rule.maxBytes !== null && bytes > rule.maxBytes;
    if (isOverLimit && !before.isOverLimit) {
      log("warn", "today alone is larger than retention allows", { rule: rule.name, bytes, ...rule });
    }
    reports.set(rule.name, { ...before, bytes, oldestDay, isOverLimit, ...addDropped(before, dropped) });
  }

  async function pack(): Promise<void> {
    const tables = rules.flatMap((rule) => rule.tables);
    const packed = await packClosedDays(engine, { tables, nowMs: now(), signal: abort.signal });
    for (const day of packed) log("info", "day packed", { ...day });
    for (const change of await relieveCrowdedDays(engine)) log("info", "merges changed", { ...change });
  }

  async function goRound(): Promise<void> {
    for (const work of [...rules.map((rule) => () => drop(rule)), pack]) {
      if (abort.signal.aborted) return;
      await work().catch((cause: unknown) => {
        if (!abort.signal.aborted) log("warn", "housekeeping failed", { error: String(cause) });
      });
    }
  }

  async function goRoundAgainAndAgain(): Promise<void> {
    while (!abort.signal.aborted) {
      await goRound();
      await delay(intervalMs, undefined, { ref: false, signal: abort.signal }).catch(() => undefined); // told to stop
    }
  }

  return {
    goRound,
    start() {
      running = goRoundAgainAndAgain();
    },
    report: () => [...reports.values()],
    async close(graceMs) {
      abort.abort();
      await Promise.race([running, delay(graceMs, undefined, { ref: false })]);
    },
  };
}

function toReport({ name, days, maxBytes }: RetentionRule): RetentionReport {
  const nothing = {
    bytes: 0,
    oldestDay: null,
    isOverLimit: false,
    droppedByAgeBytes: 0,
    droppedBySizeBytes: 0,
  };
  return { name, days, maxBytes, ...nothing };
}

function addDropped(
  before: RetentionReport,
  dropped: readonly DroppedDay[],
): Pick<RetentionReport, "droppedByAgeBytes" | "droppedBySizeBytes"> {
  const sum = (reason: DroppedDay["reason"]): number =>
    dropped.filter((day) => day.reason === reason).reduce((bytes, day) => bytes + day.bytes, 0);
  return {
    droppedByAgeBytes: before.droppedByAgeBytes + sum("age"),
    droppedBySizeBytes: before.droppedBySizeBytes + sum("size"),
  };
}

/** What is kept of each signal. Content has a rule of its own where it has a setting of its own. */
export function toRetentionRules(settings: Settings): RetentionRule[] {
  const toLimits = (
    days: number,
    maxBytes: number | undefined,
  ): Pick<RetentionRule, "days" | "maxBytes"> => ({
    days: days === 0 ? null : days,
    maxBytes: maxBytes ?? null,
  });
  const {
    retention_traces_days: traceDays,
    retention_content_days: contentDays,
    retention_content_bytes: contentBytes,
  } = settings;
  const isContentApart = contentDays !== undefined || contentBytes !== undefined;
  const traces = {
    name: "traces",
    tables: isContentApart ? ["spans"] : ["spans", "contents"],
    ...toLimits(traceDays, settings.retention_traces_bytes),
  };
  const content = {
    name: "content",
    tables: ["contents"],
    ...toLimits(contentDays ?? traceDays, contentBytes),
  };
  return [
    traces,
    ...(isContentApart ? [content] : []),
    {
      name: "logs",
      tables: ["logs"],
      ...toLimits(settings.retention_logs_days, settings.retention_logs_bytes),
    },
    {
      name: "metrics",
      tables: ["metric_samples", "metric_exemplars", "metric_series", "metric_metadata"],
      ...toLimits(settings.retention_metrics_days, settings.retention_metrics_bytes),
    },
  ];
}
