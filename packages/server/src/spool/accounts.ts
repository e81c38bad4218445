import { addCounts, emptyTotals, type ProjectTotals, type Totals } from "./accounting.ts";
import type { Frame, Signal } from "./frame.ts";

const signals: readonly Signal[] = ["traces", "metrics", "logs"];

/** What one project, or all together, sent and what became of it. */
export interface AccountsView {
  readonly totals: Totals;
  /** Accepted items that the store does not have yet. */
  readonly inSpool: Record<Signal, number>;
  readonly lastReceivedAtMs: number | null;
}

/** The running accounts by project. */
export class Accounts {
  private readonly projects: ProjectTotals;
  private readonly inSpool = new Map<string, Record<Signal, number>>();
  private readonly lastReceivedAtMs = new Map<string, number>();

  /** Goes on from what was counted before. */
  constructor(projects: ProjectTotals) {
    this.projects = structuredClone(projects);
  }

  receive(frame: Frame): void {
    addCounts(this.projects, frame.counts);
    for (const { project } of frame.counts) {
      this.lastReceivedAtMs.set(project, Math.max(this.lastReceivedAtMs.get(project) ?? 0, frame.at));
    }
  }

  enterSpool(frames: readonly Frame[]): void {
    this.moveItems(frames, 1);
  }

  leaveSpool(frames: readonly Frame[]): void {
    this.moveItems(frames, -1);
  }

  /** Of one project, or of all together. */
  view(project: string | undefined): AccountsView {
    const isAsked = ([name]: readonly [string, unknown]): boolean =>
      project === undefined || name === project;
    const inSpool = { traces: 0, metrics: 0, logs: 0 };
    for (const [, items] of [...this.inSpool].filter(isAsked)) {
      for (const signal of signals) inSpool[signal] += items[signal];
    }
    const times = [...this.lastReceivedAtMs].filter(isAsked).map(([, at]) => at);
    return {
      totals: sumTotals(Object.entries(this.projects).filter(isAsked)),
      inSpool,
      lastReceivedAtMs: times.length === 0 ? null : Math.max(...times),
    };
  }

  private moveItems(frames: readonly Frame[], sign: 1 | -1): void {
    for (const { project, signal, accepted } of frames.flatMap(({ counts }) => counts)) {
      const items = this.inSpool.get(project) ?? { traces: 0, metrics: 0, logs: 0 };
      items[signal] += sign * accepted;
      this.inSpool.set(project, items);
    }
  }
}

function sumTotals(projects: readonly (readonly [string, Totals])[]): Totals {
  const sum: ProjectTotals = { "": emptyTotals() };
  for (const [, totals] of projects) {
    addCounts(
      sum,
      signals.map((signal) => ({ signal, project: "", ...totals[signal] })),
    );
  }
  return sum[""] ?? emptyTotals();
}

/** The projects that frames have counts of. */
export function projectsOf(frames: readonly Frame[]): Set<string> {
  return new Set(frames.flatMap(({ counts }) => counts.map(({ project }) => project)));
}
