// What was taken off the bill after it was stored: a line before and one after each change, in the log of recalculations.
import { randomUUID } from "node:crypto";
import type { Engine } from "../store/engine.ts";
import type { RepeatedCall } from "./repeated-calls.ts";
import { writeStep } from "./reprice-log.ts";

/** Calls of one project that repeated others. */
export interface UnbilledFigures {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
}

export type FiguresByProject = Readonly<Record<string, UnbilledFigures>>;

/** A change of one day of receipt. */
export interface Unbilling {
  readonly job: string;
  readonly day: string;
  readonly projects: FiguresByProject;
}

export const noFigures: UnbilledFigures = { calls: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };

export function addFigures(one: UnbilledFigures, other: UnbilledFigures): UnbilledFigures {
  return {
    calls: one.calls + other.calls,
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    costUsd: one.costUsd + other.costUsd,
  };
}

/** Names a change of these calls, all of one day, and writes down what it will do. */
export async function logUnbilling(
  engine: Engine,
  day: string,
  calls: readonly RepeatedCall[],
): Promise<Unbilling> {
  const projects: Record<string, UnbilledFigures> = {};
  for (const { project, inputTokens, outputTokens, costUsd } of calls) {
    const call = { calls: 1, inputTokens, outputTokens, costUsd };
    projects[project] = addFigures(projects[project] ?? noFigures, call);
  }
  const unbilling = { job: randomUUID(), day, projects };
  await writeStep(engine, { job: unbilling.job, step: "unbilling", day, detail: { projects } });
  return unbilling;
}

/** Writes down that the store has carried the change out. */
export async function logUnbilled(engine: Engine, { job, day, projects }: Unbilling): Promise<void> {
  await writeStep(engine, { job, step: "unbilled", day, detail: { projects } });
}

interface Row {
  readonly job: string;
  readonly day: string;
  readonly at: string;
  readonly detail: string;
}

/** The changes that were carried out, and when the last one was (ISO 8601), the oldest first. */
export async function readUnbilled(engine: Engine): Promise<(Unbilling & { readonly at: string })[]> {
  const rows = await engine.query<Row>({
    sql: "SELECT job, day, at, detail FROM reprice_log WHERE step = 'unbilled' ORDER BY at",
    maxRows: 10_000_000,
  });
  return rows.map(toUnbilling);
}

/** The changes that the engine took and of which a kill left no second line. Those it did not take never happened. */
export async function findInterrupted(engine: Engine): Promise<Unbilling[]> {
  const rows = await engine.query<Row>({
    sql: `SELECT job, day, at, detail FROM reprice_log
WHERE step = 'unbilling' AND job NOT IN (SELECT job FROM reprice_log WHERE step = 'unbilled')`,
  });
  const taken: Unbilling[] = [];
  for (const row of rows) {
    const [mutation] = await engine.query({
      sql: `SELECT 1 FROM system.mutations
WHERE database = currentDatabase() AND table = 'spans' AND position(command, {job:String}) > 0 LIMIT 1`,
      parameters: { job: row.job },
    });
    if (mutation !== undefined) taken.push(toUnbilling(row));
  }
  return taken;
}

function toUnbilling({ job, day, at, detail }: Row): Unbilling & { readonly at: string } {
  const { projects }: { projects: FiguresByProject } = JSON.parse(detail); // written by writeStep
  return { job, day, at, projects };
}
