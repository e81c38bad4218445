import type { RetentionReport } from "@spanlight/contract";
import type { Log } from "../spool/inserter.ts";
import type { Engine } from "../store/engine.ts";
import { applyRetention, type DroppedDay, type RetentionRule } from "../store/retention.ts";
import { createClockWatch } from "./clock-watch.ts";

/** Applies the rules of retention, tells what was dropped, and knows what is kept. */
export interface RetentionKeeper {
  /** One at a time: whoever asks while another rule is applied waits for it. */
  apply(rule: RetentionRule): Promise<void>;
  /** What is kept, as of the last look. */
  report(): readonly RetentionReport[];
  /** Tells what was cut and has not been told yet. */
  flush(): void;
}

export interface RetentionKeeperOptions {
  readonly engine: Engine;
  readonly rules: readonly RetentionRule[];
  readonly log: Log;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Milliseconds that only go on, whatever the clock is set to. */
  readonly uptimeMs: () => number;
  /** Told of every day that was dropped, and of pieces of one day of one table together, once a minute. */
  readonly onDropped?: ((day: DroppedDay) => void) | undefined;
}

/** A look finds nothing to drop as well where merges are making other parts of what there is. */
const looksUntilTold = 3;

export function createRetentionKeeper(options: RetentionKeeperOptions): RetentionKeeper {
  const { engine, log, now } = options;
  const reports = new Map(options.rules.map((rule) => [rule.name, toReport(rule)]));
  const looksOver = new Map<string, number>();
  const teller = createTeller(options);
  const clock = createClockWatch({
    ...options,
    onJump: (jumpMs) =>
      log("warn", "the clock has jumped ahead: nothing is dropped by age for an hour", { jumpMs }),
  });
  let last: Promise<void> = Promise.resolve();

  async function apply(rule: RetentionRule): Promise<void> {
    const { dropped, bytes, oldestDay, oldestAt } = await applyRetention(
      engine,
      clock.isBelieved() ? rule : { ...rule, days: null },
      now(),
    );
    for (const day of dropped) {
      log("info", day.until === null ? "day dropped" : "oldest of a day dropped", { ...day });
      teller.tell(day);
    }
    const before = reports.get(rule.name) ?? toReport(rule);
    // Where something went the rest of it is what has come meanwhile: the next look tells.
    const isOverLimit = rule.maxBytes !== null && bytes > rule.maxBytes && dropped.length === 0;
    looksOver.set(rule.name, isOverLimit ? (looksOver.get(rule.name) ?? 0) + 1 : 0);
    if (looksOver.get(rule.name) === looksUntilTold) {
      const { name, maxBytes } = rule;
      log("warn", "what cannot be dropped is larger than retention allows", { rule: name, bytes, maxBytes });
    }
    const current = { bytes, oldestDay, oldestAt, isOverLimit };
    reports.set(rule.name, { ...before, ...current, ...addDropped(before, dropped) });
  }

  return {
    apply(rule) {
      const done = last.then(() => apply(rule));
      last = done.catch(() => undefined); // told to whoever asked
      return done;
    },
    report: () => [...reports.values()],
    flush: () => teller.flush(),
  };
}

/** A burst far above the limit is cut every few seconds: that many lines would push others out of the audit log. */
const tellEveryMs = 60_000;

/** Tells of pieces of one day of one table together, once a minute. */
function createTeller({ now, onDropped = () => undefined }: RetentionKeeperOptions): {
  tell(day: DroppedDay): void;
  flush(): void;
} {
  const untold = new Map<string, DroppedDay>();
  const toldAtMs = new Map<string, number>();
  return {
    tell(day) {
      const key = `${day.rule} ${day.table} ${day.day}`;
      const before = untold.get(key);
      const all = before === undefined ? day : join(before, day);
      const sinceMs = Math.abs(now() - (toldAtMs.get(key) ?? -Infinity)); // clocks are set back too
      if (day.until !== null && sinceMs < tellEveryMs) {
        untold.set(key, all);
        return;
      }
      untold.delete(key);
      if (day.until === null) toldAtMs.delete(key);
      else toldAtMs.set(key, now());
      onDropped(all);
    },
    flush() {
      const all = [...untold.values()];
      untold.clear();
      for (const day of all) onDropped(day);
    },
  };
}

function join(before: DroppedDay, day: DroppedDay): DroppedDay {
  return { ...day, bytes: before.bytes + day.bytes, parts: before.parts + day.parts };
}

function toReport({ name, days, maxBytes }: RetentionRule): RetentionReport {
  const nothing = {
    bytes: 0,
    oldestDay: null,
    oldestAt: null,
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
