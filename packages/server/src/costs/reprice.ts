import { randomUUID } from "node:crypto";
import { priceList } from "@spanlight/prices";
import type { RepriceFigures, RepriceJob } from "@spanlight/contract";
import type { Pricer } from "../price/price-call.ts";
import type { Engine } from "../store/engine.ts";
import { RepriceFailedError, RepriceRunningError } from "./errors.ts";
import { untilMutated } from "./mutations.ts";
import { listDays, planDay, renderUpdate, type DayRange } from "./reprice-day.ts";
import {
  readJob,
  readJobs,
  writeStep,
  type LoggedDay,
  type LoggedJob,
  type RepriceOrder,
} from "./reprice-log.ts";

/** Spans that started in `[fromNs, toNs)`, in Unix nanoseconds. */
export interface RepriceRequest {
  readonly fromNs: bigint;
  readonly toNs: bigint;
  /** Who asks, for the log. */
  readonly by: string;
}

export interface RepriceOptions {
  readonly engine: Engine;
  readonly pricer: Pricer;
  readonly countCustomPrices: () => number;
  /** Resolves when everything accepted before the call is in the store, where it can be priced anew. */
  readonly untilStored: (signal: AbortSignal) => Promise<void>;
  /** Between two looks at the engine's work; resolves early when the signal fires. */
  readonly wait: (signal: AbortSignal) => Promise<void>;
  readonly report: (what: string, fields: Record<string, unknown>) => void;
  /** Runs a recalculation or one day of it, once; for who watches it. */
  readonly around?: AroundReprice | undefined;
}

export type AroundReprice = (what: "reprice" | "reprice a day", work: () => Promise<void>) => Promise<void>;

const alone: AroundReprice = (_what, work) => work();

/** Recalculates stored costs, day of receipt by day of receipt; goes on after a restart where it was. */
export interface Reprice {
  /** What a recalculation would change. Leaves no trace. */
  preview(request: RepriceRequest): Promise<RepriceJob>;
  /** Begins one; it runs on. Throws RepriceRunningError while another runs. */
  start(request: RepriceRequest): Promise<RepriceJob>;
  list(): Promise<RepriceJob[]>;
  find(id: string): Promise<RepriceJob | undefined>;
  isRunning(): boolean;
  /** Takes up what a stop interrupted. */
  resume(): Promise<void>;
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
  /** Stops between two steps; what is not done goes on at the next start. */
  close(): Promise<void>;
}

const shownJobs = 100;

export function createReprice(options: RepriceOptions): Reprice {
  return new Repricer(options);
}

class Repricer implements Reprice {
  private readonly options: RepriceOptions;
  private readonly stop = new AbortController();
  private running: Promise<void> | null = null;

  constructor(options: RepriceOptions) {
    this.options = options;
  }

  async preview(request: RepriceRequest): Promise<RepriceJob> {
    const { engine, pricer } = this.options;
    const days = new Map<string, LoggedDay>();
    for (const day of await listDays(engine, request)) {
      const { figures } = await planDay(engine, pricer, { ...request, day });
      days.set(day, { figures, isDone: true });
    }
    const now = new Date().toISOString();
    const order = toOrder(request, this.options);
    const ended = { state: "finished", startedAt: now, finishedAt: now, error: null } as const;
    return { ...toRepriceJob({ id: "", order, days, ...ended }), dryRun: true };
  }

  async start(request: RepriceRequest): Promise<RepriceJob> {
    if (this.running !== null) {
      throw new RepriceRunningError(
        "a recalculation runs already: wait until it has ended, see GET /api/reprice",
      );
    }
    const logged = this.logStart(request);
    this.running = logged.then(
      (job) => this.carryOut(job),
      () => this.forget(), // told to whoever asked
    );
    return toRepriceJob(await logged);
  }

  async list(): Promise<RepriceJob[]> {
    return (await readJobs(this.options.engine, shownJobs)).map((job) => toRepriceJob(job));
  }

  async find(id: string): Promise<RepriceJob | undefined> {
    const job = await readJob(this.options.engine, id);
    return job === undefined ? undefined : toRepriceJob(job);
  }

  isRunning(): boolean {
    return this.running !== null;
  }

  async resume(): Promise<void> {
    const jobs = await readJobs(this.options.engine, shownJobs);
    const interrupted = jobs.find((job) => job.state === "running");
    if (interrupted !== undefined && this.running === null) this.running = this.carryOut(interrupted);
  }

  async idle(): Promise<void> {
    await this.running;
  }

  async close(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  private async logStart(request: RepriceRequest): Promise<LoggedJob> {
    const { engine } = this.options;
    const id = randomUUID();
    await writeStep(engine, { job: id, step: "started", detail: toOrder(request, this.options) });
    const job = await readJob(engine, id);
    if (job !== undefined) return job;
    throw new RepriceFailedError(`the recalculation ${id} was begun and is not in the log`);
  }

  private async carryOut(job: LoggedJob): Promise<void> {
    const { signal } = this.stop;
    const { around = alone } = this.options;
    await around("reprice", () => carryOut(job, this.options, signal))
      .catch((cause: unknown) => giveUp(job, this.options, { cause, signal }))
      .finally(() => this.forget());
  }

  private forget(): void {
    this.running = null;
  }
}

async function carryOut(job: LoggedJob, options: RepriceOptions, signal: AbortSignal): Promise<void> {
  const { engine, around = alone } = options;
  const range = { fromNs: BigInt(job.order.fromNs), toNs: BigInt(job.order.toNs) };
  await options.untilStored(signal);
  await untilMutated(engine, options.wait, signal);
  for (const day of await listDays(engine, range)) {
    if (signal.aborted) return;
    if (job.days.get(day)?.isDone === true) continue;
    await around("reprice a day", () => carryOutDay({ ...range, day }, { job, ...options, signal }));
  }
  if (signal.aborted) return;
  await writeStep(engine, { job: job.id, step: "finished" });
  options.report("reprice finished", { job: job.id });
}

async function carryOutDay(
  range: DayRange,
  context: RepriceOptions & { job: LoggedJob; signal: AbortSignal },
): Promise<void> {
  const { engine, pricer, job, signal } = context;
  const { figures, cost } = await planDay(engine, pricer, range);
  // After a kill the day may be changed already: the figures of the first look stay.
  if (!job.days.has(range.day))
    await writeStep(engine, { job: job.id, step: "day_started", day: range.day, detail: figures });
  if (figures.spansChanged > 0) {
    const update = renderUpdate(range, cost);
    await engine.command(update.sql, update.parameters);
    await untilMutated(engine, context.wait, signal);
    if (signal.aborted) return;
  }
  await writeStep(engine, { job: job.id, step: "day_done", day: range.day });
  context.report("reprice of a day done", { job: job.id, day: range.day, ...figures });
}

async function giveUp(
  job: LoggedJob,
  { engine, report }: RepriceOptions,
  { cause, signal }: { cause: unknown; signal: AbortSignal },
): Promise<void> {
  if (signal.aborted) return; // goes on at the next start
  const error = cause instanceof Error ? cause.message : String(cause);
  report("reprice failed", { job: job.id, error });
  await writeStep(engine, { job: job.id, step: "failed", detail: { error } }).catch((second: unknown) =>
    report("reprice not logged", { job: job.id, error: String(second) }),
  );
}

function toOrder(request: RepriceRequest, { countCustomPrices }: RepriceOptions): RepriceOrder {
  return {
    fromNs: String(request.fromNs),
    toNs: String(request.toNs),
    by: request.by,
    priceListVersion: priceList.version,
    customPrices: countCustomPrices(),
  };
}

function toRepriceJob(job: LoggedJob): RepriceJob {
  const days = [...job.days].map(([day, { figures }]) => ({ ...figures, day }));
  const sum = (pick: (figures: RepriceFigures) => number): number =>
    days.reduce((total, figures) => total + pick(figures), 0);
  return {
    id: job.id,
    from: toInstant(job.order.fromNs),
    to: toInstant(job.order.toNs),
    dryRun: false,
    state: job.state,
    startedBy: job.order.by,
    startedAt: job.startedAt,
    finishedAt: job.finishedAt,
    error: job.error,
    priceListVersion: job.order.priceListVersion,
    customPrices: job.order.customPrices,
    spansChecked: sum((figures) => figures.spansChecked),
    spansChanged: sum((figures) => figures.spansChanged),
    costBeforeUsd: sum((figures) => figures.costBeforeUsd),
    costAfterUsd: sum((figures) => figures.costAfterUsd),
    unpricedBefore: sum((figures) => figures.unpricedBefore),
    unpricedAfter: sum((figures) => figures.unpricedAfter),
    days,
  };
}

function toInstant(ns: string): string {
  return new Date(Number(BigInt(ns) / 1_000_000n)).toISOString();
}
