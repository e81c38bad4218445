import { setTimeout as delay } from "node:timers/promises";
import type { RetentionReport } from "@spanlight/contract";
import { packClosedDays } from "../store/compaction.ts";
import { relieveCrowdedDays } from "../store/crowded-days.ts";
import type { RetentionRule } from "../store/retention.ts";
import {
  createRetentionKeeper,
  type RetentionKeeper,
  type RetentionKeeperOptions,
} from "./retention-keeper.ts";

/** Drops what is older or larger than is kept, and packs days that are over. */
export interface Housekeeping {
  /** Looks at sizes from now on: a full disk may need it before what waits can be stored. */
  watchSizes(): void;
  /** Goes round from now on. */
  start(): void;
  /** Does everything once. */
  goRound(): Promise<void>;
  /** What is kept, as of the last look. */
  report(): readonly RetentionReport[];
  close(graceMs: number): Promise<void>;
}

export interface HousekeepingOptions extends RetentionKeeperOptions {
  readonly intervalMs: number;
  /** Rises with what the store has taken: sizes are looked at while it does. */
  readonly countStored: () => number;
  /** Runs a round, and each piece of it, and tells of it under the name. */
  readonly around?: { readonly round: Around; readonly step: Around } | undefined;
}

type Around = (name: string, work: () => Promise<void>) => Promise<void>;

/**
 * Sizes are looked at so often while something is stored or there is too much, and after something had to go: at full speed 60 MB come in
 * two seconds.
 */
const sizeLookMs = { usual: 2000, afterDrop: 500 };

const alone: Around = (_name, work) => work();

export function createHousekeeping(options: HousekeepingOptions): Housekeeping {
  return new Keeper(options);
}

class Keeper implements Housekeeping {
  private readonly options: HousekeepingOptions;
  private readonly retention: RetentionKeeper;
  private readonly stop = new AbortController();
  private watching: Promise<void> = Promise.resolve();
  private running: Promise<void> = Promise.resolve();

  constructor(options: HousekeepingOptions) {
    this.options = options;
    this.retention = createRetentionKeeper(options);
  }

  watchSizes(): void {
    this.watching = this.lookAgainAndAgain();
  }

  start(): void {
    this.running = this.goRoundAgainAndAgain();
  }

  report(): readonly RetentionReport[] {
    return this.retention.report();
  }

  async goRound(): Promise<void> {
    const { round, step } = this.options.around ?? { round: alone, step: alone };
    await round("keep house", async () => {
      // Before anything is dropped: what is merged by then goes as one.
      await step("adjust merges", () => this.tryTo(() => this.adjustMerges()));
      await step("apply retention", () => this.apply(this.options.rules));
      await step("pack closed days", () => this.tryTo(() => this.pack()));
    });
    this.retention.flush();
  }

  async close(graceMs: number): Promise<void> {
    this.stop.abort();
    await Promise.race([
      Promise.all([this.watching, this.running]),
      delay(graceMs, undefined, { ref: false }),
    ]);
    this.retention.flush();
  }

  private async goRoundAgainAndAgain(): Promise<void> {
    while (!this.stop.signal.aborted) {
      await this.goRound();
      await this.wait(this.options.intervalMs);
    }
  }

  /** Beside the rounds: packing a day takes minutes. */
  private async lookAgainAndAgain(): Promise<void> {
    const { rules, intervalMs, countStored } = this.options;
    const limited = rules.filter(({ maxBytes }) => maxBytes !== null);
    if (limited.length === 0) return;
    let seen = -1; // the first look is at what a start finds
    let dropped = this.countDropped();
    let pauseMs = sizeLookMs.usual;
    while (!this.stop.signal.aborted) {
      await this.wait(Math.min(intervalMs, pauseMs));
      const stored = countStored();
      const isOver = this.report().some(({ isOverLimit }) => isOverLimit);
      if (stored !== seen || isOver) await this.apply(limited);
      seen = stored;
      pauseMs = this.countDropped() === dropped ? sizeLookMs.usual : sizeLookMs.afterDrop;
      dropped = this.countDropped();
    }
  }

  private countDropped(): number {
    return this.report().reduce((sum, { droppedBySizeBytes }) => sum + droppedBySizeBytes, 0);
  }

  private async apply(rules: readonly RetentionRule[]): Promise<void> {
    for (const rule of rules) await this.tryTo(() => this.retention.apply(rule));
  }

  private async adjustMerges(): Promise<void> {
    const { engine, rules, log } = this.options;
    for (const change of await relieveCrowdedDays(engine, { sizes: toSizeLimits(rules) }))
      log("info", "merges changed", { ...change });
  }

  private async pack(): Promise<void> {
    const { engine, rules, log, now } = this.options;
    const tables = rules.flatMap((rule) => rule.tables);
    const packed = await packClosedDays(engine, { tables, nowMs: now(), signal: this.stop.signal });
    for (const day of packed) log("info", "day packed", { ...day });
  }

  private async tryTo(work: () => Promise<void>): Promise<void> {
    if (this.stop.signal.aborted) return;
    await work().catch((cause: unknown) => {
      if (this.stop.signal.aborted) return;
      this.options.log("warn", "housekeeping failed", { error: String(cause) });
    });
  }

  private async wait(ms: number): Promise<void> {
    await delay(ms, undefined, { ref: false, signal: this.stop.signal }).catch(() => undefined); // told to stop
  }
}

function toSizeLimits(rules: readonly RetentionRule[]): Map<string, number> {
  return new Map(
    rules.flatMap(({ divisible, maxBytes }) =>
      maxBytes === null ? [] : divisible.map((table) => [table, maxBytes] as const),
    ),
  );
}
