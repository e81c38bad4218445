import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Frame, FrameCounts, Signal } from "./frame.ts";
import { syncDirectory } from "./segment-writer.ts";

export const signals: readonly Signal[] = ["traces", "metrics", "logs"];

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

/** What came with one key of a project, or without any. */
export interface AccountTotals {
  readonly project: string;
  /** Null where it came without a key. */
  readonly keyId: string | null;
  readonly totals: Totals;
  /** Unix milliseconds; 0 where it is not known. */
  lastReceivedAtMs: number;
}

/** Accounts in the order in which they first sent something. */
export type Ledger = Map<string, AccountTotals>;

interface Checkpoint {
  /** Every block up to this one is in the ledger; its sidecar may be gone. */
  readonly throughBlock: number;
  readonly ledger: Ledger;
}

export function emptyTotals(): Totals {
  return { traces: emptySignal(), metrics: emptySignal(), logs: emptySignal() };
}

function emptySignal(): SignalTotals {
  return { received: 0, accepted: 0, rejected: {}, duplicates: 0, unpriced: 0, late: 0 };
}

/** A copy that later counts do not change; `structuredClone` takes ten times as long. */
export function copyAccount(account: AccountTotals): AccountTotals {
  const { traces, metrics, logs } = account.totals;
  return {
    ...account,
    totals: { traces: copySignal(traces), metrics: copySignal(metrics), logs: copySignal(logs) },
  };
}

function copySignal(signal: SignalTotals): SignalTotals {
  return { ...signal, rejected: { ...signal.rejected } };
}

export function copyLedger(ledger: Ledger): Ledger {
  return new Map([...ledger].map(([name, account]) => [name, copyAccount(account)]));
}

/** What an account is found by: a space is in no name of a project. */
export function accountOf({ project, keyId }: Pick<FrameCounts, "project" | "keyId">): string {
  return keyId === undefined ? project : `${project} ${keyId}`;
}

export function addFrame(ledger: Ledger, { at, counts }: Frame): void {
  for (const count of counts) {
    const account = openAccount(ledger, count);
    addCounts(account.totals[count.signal], count);
    account.lastReceivedAtMs = Math.max(account.lastReceivedAtMs, at);
  }
}

export function addCounts(
  signal: SignalTotals,
  count: Omit<FrameCounts, "signal" | "project" | "keyId">,
): void {
  signal.received += count.received;
  signal.accepted += count.accepted;
  signal.duplicates += count.duplicates;
  signal.unpriced += count.unpriced ?? 0;
  signal.late += count.late ?? 0;
  for (const [reason, items] of Object.entries(count.rejected)) {
    signal.rejected[reason] = (signal.rejected[reason] ?? 0) + items;
  }
}

function openAccount(ledger: Ledger, of: Pick<FrameCounts, "project" | "keyId">): AccountTotals {
  const name = accountOf(of);
  let account = ledger.get(name);
  if (account === undefined) {
    account = {
      project: of.project,
      keyId: of.keyId ?? null,
      totals: emptyTotals(),
      lastReceivedAtMs: 0,
    };
    ledger.set(name, account);
  }
  return account;
}

/** The file: signals that nothing came of are left out. */
interface StoredCheckpoint {
  readonly throughBlock: number;
  readonly accounts?: readonly StoredAccount[];
  /** Of versions that did not tell keys apart: totals by project. */
  readonly projects?: Readonly<Record<string, Totals>>;
}

interface StoredAccount extends Omit<AccountTotals, "totals"> {
  readonly totals: Partial<Totals>;
}

/** What was counted before. A file that is not what was written is put into `quarantine/`: the counts start anew from the sidecars. */
export async function readCheckpoint(
  directory: string,
): Promise<Checkpoint & { readonly isDamaged: boolean }> {
  const path = join(directory, "accounting.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    return { throughBlock: 0, ledger: new Map(), isDamaged: false };
  }
  const checkpoint = parseCheckpoint(text);
  if (checkpoint !== undefined) return { ...checkpoint, isDamaged: false };
  const quarantine = join(directory, "quarantine");
  await mkdir(quarantine, { recursive: true });
  await rename(path, join(quarantine, "accounting.json.damaged"));
  return { throughBlock: 0, ledger: new Map(), isDamaged: true };
}

function parseCheckpoint(text: string): Checkpoint | undefined {
  try {
    const checkpoint = fromStored(JSON.parse(text)); // written by writeCheckpoint, swapped in whole
    return isBalanced(checkpoint) ? checkpoint : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes that have changed on disk seldom leave figures that add up. */
function isBalanced({ throughBlock, ledger }: Checkpoint): boolean {
  const totals = [...ledger.values()].flatMap((account) => signals.map((signal) => account.totals[signal]));
  return (
    Number.isSafeInteger(throughBlock) &&
    totals.every(({ received, accepted, rejected, duplicates }) => {
      const refused = Object.values(rejected).reduce((sum, items) => sum + items, 0);
      return Number.isSafeInteger(received) && received === accepted + refused + duplicates;
    })
  );
}

function fromStored({ throughBlock, accounts = [], projects = {} }: StoredCheckpoint): Checkpoint {
  const before = Object.entries(projects).map(([project, totals]) => ({
    project,
    keyId: null,
    totals,
    lastReceivedAtMs: 0,
  }));
  const ledger: Ledger = new Map();
  for (const { totals, ...account } of [...before, ...accounts]) {
    const name = accountOf({ project: account.project, keyId: account.keyId ?? undefined });
    ledger.set(name, { ...account, totals: { ...emptyTotals(), ...totals } });
  }
  return { throughBlock, ledger };
}

function toStored({ throughBlock, ledger }: Checkpoint): StoredCheckpoint {
  const accounts = [...ledger.values()].map(({ totals, ...account }) => ({
    ...account,
    totals: Object.fromEntries(Object.entries(totals).filter(([, { received }]) => received > 0)),
  }));
  return { throughBlock, accounts };
}

export async function writeCheckpoint(directory: string, checkpoint: Checkpoint): Promise<void> {
  const path = join(directory, "accounting.json");
  const handle = await open(`${path}.tmp`, "w");
  try {
    await handle.writeFile(JSON.stringify(toStored(checkpoint)));
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.tmp`, path);
  await syncDirectory(directory);
}
