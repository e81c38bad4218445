import {
  accountOf,
  addCounts,
  addFrame,
  copyAccount,
  copyLedger,
  emptyTotals,
  signals,
  type AccountTotals,
  type Ledger,
  type Totals,
} from "./accounting.ts";
import type { Frame, Signal } from "./frame.ts";

/** What one key sent, or whoever came without one, and what became of it. */
export interface AccountView extends AccountTotals {
  /** Accepted items that the store does not have yet. */
  readonly inSpool: Record<Signal, number>;
}

/** What one project, or all together, sent and what became of it: the sum of its accounts. */
export interface AccountsView {
  readonly totals: Totals;
  /** Accepted items that the store does not have yet. */
  readonly inSpool: Record<Signal, number>;
  readonly lastReceivedAtMs: number | null;
  /** In the order in which they first sent something. */
  readonly accounts: readonly AccountView[];
}

/** The running accounts by project and key. */
export class Accounts {
  private readonly ledger: Ledger;
  private readonly inSpool = new Map<string, Record<Signal, number>>();

  /** Goes on from what was counted before. */
  constructor(ledger: Ledger) {
    this.ledger = copyLedger(ledger);
  }

  receive(frame: Frame): void {
    addFrame(this.ledger, frame);
  }

  enterSpool(frames: readonly Frame[]): void {
    this.moveItems(frames, 1);
  }

  leaveSpool(frames: readonly Frame[]): void {
    this.moveItems(frames, -1);
  }

  /** Of one project, or of all together. */
  view(project: string | undefined): AccountsView {
    const accounts: AccountView[] = [];
    for (const [name, account] of this.ledger) {
      if (project !== undefined && account.project !== project) continue;
      const inSpool = { traces: 0, metrics: 0, logs: 0, ...this.inSpool.get(name) };
      accounts.push({ ...copyAccount(account), inSpool });
    }
    return { ...sumAccounts(accounts), accounts };
  }

  private moveItems(frames: readonly Frame[], sign: 1 | -1): void {
    for (const count of frames.flatMap(({ counts }) => counts)) {
      const name = accountOf(count);
      const items = this.inSpool.get(name) ?? { traces: 0, metrics: 0, logs: 0 };
      items[count.signal] += sign * count.accepted;
      this.inSpool.set(name, items);
    }
  }
}

/** Several accounts as one. */
export function sumAccounts(accounts: readonly AccountView[]): Omit<AccountsView, "accounts"> {
  const totals = emptyTotals();
  const inSpool = { traces: 0, metrics: 0, logs: 0 };
  let lastReceivedAtMs = 0;
  for (const account of accounts) {
    for (const signal of signals) {
      addCounts(totals[signal], account.totals[signal]);
      inSpool[signal] += account.inSpool[signal];
    }
    lastReceivedAtMs = Math.max(lastReceivedAtMs, account.lastReceivedAtMs);
  }
  return { totals, inSpool, lastReceivedAtMs: lastReceivedAtMs === 0 ? null : lastReceivedAtMs };
}

/** The projects that frames have counts of. */
export function projectsOf(frames: readonly Frame[]): Set<string> {
  return new Set(frames.flatMap(({ counts }) => counts.map(({ project }) => project)));
}
