import type { Engine } from "../store/engine.ts";
import { chooseLookback, findNewestReceipt } from "./choose-lookback.ts";
import { untilMutated } from "./mutations.ts";
import { groupBy } from "./group-by.ts";
import {
  findNestedCalls,
  mostFound,
  renderUnbilling,
  spansPerStatement,
  type Lookback,
  type RepeatedCall,
} from "./repeated-calls.ts";
import { findSameResponses } from "./same-responses.ts";
import {
  addFigures,
  findInterrupted,
  logUnbilled,
  logUnbilling,
  noFigures,
  readUnbilled,
  type UnbilledFigures,
  type Unbilling,
} from "./unbilled-log.ts";

/** Takes stored calls off the bill that repeat others: those that nobody could tell when they came in. */
export interface BillingCheck {
  /** Looks from now on, every minute and when there is something to find. */
  start(): void;
  /** Looks once; answers how many calls it took off the bill. */
  look(): Promise<number>;
  /** What was taken off the bill of a project so far, by this server or another one of the same store. */
  report(project: string): UnbilledReport;
  listProjects(): string[];
  /** Ends between two steps. What a change under way leaves open is settled at the next start. */
  close(): Promise<void>;
}

export interface UnbilledReport extends UnbilledFigures {
  /** ISO 8601; null where it never happened. */
  readonly lastAt: string | null;
}

export interface BillingCheckOptions {
  readonly engine: Engine;
  /** Spans accepted so far: while there are no new ones there is nothing to look for. */
  readonly countAccepted: () => number;
  /** Rises when a call came whose enclosing call is billed already. */
  readonly countBilledTwice: () => number;
  /** True while something else changes the stored costs. */
  readonly isBusy: () => boolean;
  /** Age in milliseconds of the oldest span that the store has not taken yet; null where it has all. */
  readonly readSpoolAgeMs: () => number | null;
  /** Resolves when everything accepted before the call is in the store. */
  readonly untilStored: (signal: AbortSignal) => Promise<void>;
  /** Resolves after some milliseconds, early when the signal fires. */
  readonly wait: (delayMs: number, signal: AbortSignal) => Promise<void>;
  /** Told of the projects whose figures have changed. */
  readonly onChanged: (projects: ReadonlySet<string>) => void;
  readonly report: (what: string, fields: Record<string, unknown>) => void;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Before anything of this process was stored. */
  readonly processStartMs: number;
}

const everyMs = 60_000;
/** What encloses a call that came before a restart comes soon after it, and nobody remembers that call. */
const afterStart = { forMs: 60_000, everyMs: 5000 };
const tickMs = 1000;
const checkMs = 100;
const clockSkewMs = 60_000;
/** A change goes over every part of a day: looks and changes rest so many times as long as they took. */
const restPerLook = 20;
const mostRestPerLookMs = 15_000;
const restPerChange = 30;
const leastRestMs = 2000;
/** Within the reach of a look: after a kill the first one finds what was left. */
const mostRestMs = 3_000_000;

export function createBillingCheck(options: BillingCheckOptions): BillingCheck {
  return new Checker(options);
}

class Checker implements BillingCheck {
  private readonly options: BillingCheckOptions;
  private readonly stop = new AbortController();
  private readonly reports = new Map<string, UnbilledReport>();
  private running: Promise<void> = Promise.resolve();
  /** When the last look that came to its end began: everything received before was looked at. Unix milliseconds. */
  private lookedAtMs: number | undefined;
  private hasOpened = false;
  private restMs = 0;
  /** Spans that were accepted and stored before the last look; undefined where it did not see all or failed. */
  private lookedAtSpans: number | undefined;

  constructor(options: BillingCheckOptions) {
    this.options = options;
  }

  start(): void {
    this.running = this.goRound();
  }

  report(project: string): UnbilledReport {
    return this.reports.get(project) ?? { ...noFigures, lastAt: null };
  }

  listProjects(): string[] {
    return [...this.reports.keys()];
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  async look(): Promise<number> {
    const { now, readSpoolAgeMs, engine, processStartMs } = this.options;
    const startedAtMs = now();
    const spoolAgeMs = readSpoolAgeMs();
    const storedSpans = spoolAgeMs === null ? this.options.countAccepted() : undefined;
    this.lookedAtSpans = undefined;
    await this.open();
    // What waits in the spool is stored later with the time it has now.
    const settledMs = startedAtMs - (spoolAgeMs ?? 0) - tickMs;
    const newest = this.lookedAtMs ?? (await findNewestReceipt(engine, processStartMs)) ?? startedAtMs;
    this.lookedAtMs = Math.min(newest, settledMs);
    let changed = 0;
    let isComplete = false;
    while (!isComplete && !this.stop.signal.aborted) {
      // Blocks are stamped when they are sealed: by this server's clock or another's.
      const nowMs = now() + clockSkewMs;
      const lookback = await chooseLookback(engine, { lastMs: this.lookedAtMs, nowMs });
      changed += await this.lookAt({ ...lookback, signal: this.stop.signal });
      isComplete = lookback.untilMs >= nowMs;
      if (!this.stop.signal.aborted)
        this.lookedAtMs = isComplete ? settledMs : Math.min(settledMs, lookback.untilMs);
      if (this.lookedAtMs >= settledMs) isComplete = true;
    }
    const tookMs = now() - startedAtMs;
    const restMs =
      changed > 0
        ? Math.min(mostRestMs, tookMs * restPerChange)
        : Math.min(mostRestPerLookMs, tookMs * restPerLook);
    this.restMs = Math.max(leastRestMs, restMs);
    this.lookedAtSpans = storedSpans;
    return changed;
  }

  private async lookAt(lookback: Lookback): Promise<number> {
    const { engine } = this.options;
    let changed = 0;
    // Side by side after what lies inside: of nested calls the inner one stays.
    for (const find of [findNestedCalls, findSameResponses]) {
      let found: RepeatedCall[];
      do {
        found = await find(engine, lookback);
        if (lookback.signal.aborted) return changed;
        if (found.length > 0) await this.unbill(found);
        changed += found.length;
      } while (found.length >= mostFound && !lookback.signal.aborted);
    }
    return changed;
  }

  private async goRound(): Promise<void> {
    const { options } = this;
    const { signal } = this.stop;
    const startedAtMs = options.now();
    let seen = -1;
    while (!signal.aborted) {
      const hasNews = options.countAccepted() !== this.lookedAtSpans;
      if (hasNews && !options.isBusy()) {
        seen = options.countBilledTwice();
        await this.lookAndTell();
      }
      const endedAtMs = options.now();
      const pauseMs = endedAtMs - startedAtMs < afterStart.forMs ? afterStart.everyMs : everyMs;
      const isDue = (): boolean => {
        const passedMs = options.now() - endedAtMs;
        return passedMs >= this.restMs && (passedMs >= pauseMs || options.countBilledTwice() !== seen);
      };
      do await options.wait(tickMs, signal);
      while (!signal.aborted && !isDue());
      if (options.countBilledTwice() !== seen) await options.untilStored(signal);
    }
  }

  private async lookAndTell(): Promise<void> {
    await this.look().catch((cause: unknown) => {
      this.hasOpened = false;
      if (!this.stop.signal.aborted) this.options.report("billing check failed", { error: String(cause) });
    });
  }

  /** Settles what a kill or a failure interrupted, and reads what was done so far. */
  private async open(): Promise<void> {
    if (this.hasOpened) return;
    const { engine } = this.options;
    const interrupted = await findInterrupted(engine);
    if (interrupted.length > 0) await this.untilChanged();
    for (const unbilling of interrupted) await logUnbilled(engine, unbilling);
    this.reports.clear();
    for (const unbilled of await readUnbilled(engine)) this.count(unbilled, unbilled.at);
    this.hasOpened = true;
  }

  private async unbill(calls: readonly RepeatedCall[]): Promise<void> {
    const { engine, report, onChanged, now } = this.options;
    const { signal } = this.stop;
    const begun: Unbilling[] = [];
    for (const { day, some } of split(calls)) {
      const unbilling = await logUnbilling(engine, day, some);
      const change = renderUnbilling(some, unbilling);
      await engine.command(change.sql, change.parameters);
      begun.push(unbilling);
    }
    await this.untilChanged();
    if (signal.aborted) return; // settled at the next start
    for (const unbilling of begun) {
      await logUnbilled(engine, unbilling);
      this.count(unbilling, new Date(now()).toISOString());
    }
    report("repeated calls taken off the bill", { calls: calls.length });
    onChanged(new Set(calls.map(({ project }) => project)));
  }

  private untilChanged(): Promise<void> {
    const { engine, wait } = this.options;
    return untilMutated(engine, (signal) => wait(checkMs, signal), this.stop.signal);
  }

  private count({ projects }: Unbilling, at: string): void {
    for (const [project, figures] of Object.entries(projects))
      this.reports.set(project, { ...addFigures(this.report(project), figures), lastAt: at });
  }
}

/** Calls of one day each, and not too many for a statement. */
function* split(calls: readonly RepeatedCall[]): Generator<{ day: string; some: RepeatedCall[] }> {
  for (const [day, ofDay] of groupBy(calls, (call) => call.day)) {
    for (let from = 0; from < ofDay.length; from += spansPerStatement)
      yield { day, some: ofDay.slice(from, from + spansPerStatement) };
  }
}
