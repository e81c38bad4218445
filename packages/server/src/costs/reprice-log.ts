import type { RepriceFigures, RepriceJob } from "@spanlight/contract";
import type { Engine } from "../store/engine.ts";

/** What was asked for. Times in Unix nanoseconds, as text: the log is JSON. */
export interface RepriceOrder {
  readonly fromNs: string;
  readonly toNs: string;
  readonly by: string;
  readonly priceListVersion: string;
  readonly customPrices: number;
}

/** The last two are of `unbilled-log.ts`. */
export type Step = "started" | "day_started" | "day_done" | "finished" | "failed" | "unbilling" | "unbilled";

interface LogRow {
  readonly job: string;
  readonly at: string;
  readonly step: Step;
  readonly day: string;
  readonly detail: string;
}

/** A day that was begun: what it changes, and whether that is done. */
export interface LoggedDay {
  readonly figures: RepriceFigures;
  readonly isDone: boolean;
}

/** A job as its log tells it. */
export interface LoggedJob {
  readonly id: string;
  readonly startedAt: string;
  readonly order: RepriceOrder;
  readonly state: RepriceJob["state"];
  readonly finishedAt: string | null;
  readonly error: string | null;
  readonly days: ReadonlyMap<string, LoggedDay>;
}

export async function writeStep(
  engine: Engine,
  entry: { job: string; step: Step; day?: string; detail?: object },
): Promise<void> {
  await engine.command(
    "INSERT INTO reprice_log (job, step, day, detail) SELECT {job:String}, {step:String}, {day:String}, {detail:String}",
    {
      job: entry.job,
      step: entry.step,
      day: entry.day ?? "",
      detail: JSON.stringify(entry.detail ?? {}),
    },
  );
}

/** The newest jobs, the newest first. */
export async function readJobs(engine: Engine, limit: number): Promise<LoggedJob[]> {
  const rows = await engine.query<LogRow>({
    sql: `SELECT job, at, step, day, detail FROM reprice_log
WHERE job IN (SELECT job FROM reprice_log WHERE step = 'started' ORDER BY at DESC, job DESC LIMIT {limit:UInt32})
ORDER BY at, transform(step, ['started', 'day_started', 'day_done'], [0, 1, 2], 3)`,
    parameters: { limit },
  });
  return fold(rows).toReversed();
}

/** One job, or undefined where there is none of this id. */
export async function readJob(engine: Engine, id: string): Promise<LoggedJob | undefined> {
  const rows = await engine.query<LogRow>({
    sql: `SELECT job, at, step, day, detail FROM reprice_log WHERE job = {id:String}
ORDER BY at, transform(step, ['started', 'day_started', 'day_done'], [0, 1, 2], 3)`,
    parameters: { id },
  });
  return fold(rows)[0];
}

function fold(rows: readonly LogRow[]): LoggedJob[] {
  const jobs = new Map<string, LogRow[]>();
  for (const row of rows) jobs.set(row.job, [...(jobs.get(row.job) ?? []), row]);
  return [...jobs.values()].flatMap((steps) => {
    const started = steps.find((row) => row.step === "started");
    return started === undefined ? [] : [toJob(started, steps)];
  });
}

function toJob(started: LogRow, steps: readonly LogRow[]): LoggedJob {
  const end = steps.find((row) => row.step === "finished" || row.step === "failed");
  const days = new Map<string, LoggedDay>();
  for (const { step, day, detail } of steps) {
    if (step === "day_started" && !days.has(day))
      days.set(day, { figures: JSON.parse(detail), isDone: false }); // written by writeStep
    const begun = days.get(day);
    if (step === "day_done" && begun !== undefined) days.set(day, { ...begun, isDone: true });
  }
  return {
    id: started.job,
    startedAt: started.at,
    order: JSON.parse(started.detail), // written by writeStep
    state: end === undefined ? "running" : end.step === "finished" ? "finished" : "failed",
    finishedAt: end?.at ?? null,
    error: end?.step === "failed" ? readError(end.detail) : null,
    days,
  };
}

function readError(detail: string): string {
  const { error }: { error?: string } = JSON.parse(detail); // written by writeStep
  return error ?? "";
}
