import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { FrameCounts, Signal } from "./frame.ts";
import { syncDirectory } from "./segment-writer.ts";

/** Items of one signal: received = accepted + Σ rejected + duplicates. */
export interface SignalTotals {
  received: number;
  accepted: number;
  rejected: Record<string, number>;
  duplicates: number;
  /** Of the accepted ones those without a known price, and those that came long after they ended. */
  unpriced: number;
  late: number;
}

export type Totals = Record<Signal, SignalTotals>;

/** Totals by project. */
export type ProjectTotals = Record<string, Totals>;

interface Checkpoint {
  /** Every block up to this one is in the totals; its sidecar may be gone. */
  readonly throughBlock: number;
  readonly projects: ProjectTotals;
}

export function emptyTotals(): Totals {
  return { traces: emptySignal(), metrics: emptySignal(), logs: emptySignal() };
}

function emptySignal(): SignalTotals {
  return { received: 0, accepted: 0, rejected: {}, duplicates: 0, unpriced: 0, late: 0 };
}

export function addCounts(projects: ProjectTotals, counts: readonly FrameCounts[]): void {
  for (const count of counts) {
    const totals = (projects[count.project] ??= emptyTotals());
    const signal = totals[count.signal];
    signal.received += count.received;
    signal.accepted += count.accepted;
    signal.duplicates += count.duplicates;
    signal.unpriced += count.unpriced ?? 0;
    signal.late += count.late ?? 0;
    for (const [reason, items] of Object.entries(count.rejected)) {
      signal.rejected[reason] = (signal.rejected[reason] ?? 0) + items;
    }
  }
}

export async function readCheckpoint(directory: string): Promise<Checkpoint> {
  try {
    return JSON.parse(await readFile(join(directory, "accounting.json"), "utf8")); // written by writeCheckpoint, swapped in whole
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return { throughBlock: 0, projects: {} };
    throw cause;
  }
}

export async function writeCheckpoint(directory: string, checkpoint: Checkpoint): Promise<void> {
  const path = join(directory, "accounting.json");
  const handle = await open(`${path}.tmp`, "w");
  try {
    await handle.writeFile(JSON.stringify(checkpoint));
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.tmp`, path);
  await syncDirectory(directory);
}
