import type {
  Ingest,
  KeyAccounting,
  RepeatedCalls,
  RetentionReport,
  SignalAccounting,
} from "@spanlight/contract";
import type { Gate, KeyUsage } from "../keys/gate.ts";
import type { Keyring } from "../keys/keyring.ts";
import { ownSender } from "../self/traces/own-sender.ts";
import { emptyTotals, type Totals } from "../spool/accounting.ts";
import type { AccountView } from "../spool/accounts.ts";
import type { Signal } from "../spool/frame.ts";
import type { Spool } from "../spool/spool.ts";

export interface IngestRooms {
  readonly spool: Spool;
  readonly gate: Gate;
  readonly keyring: Keyring;
  readonly billingCheck: { report(project: string): RepeatedCalls };
}

/**
 * The accounting of a project as the API tells it: received = stored + Σ rejected + duplicates + inSpool, for every key and for all of
 * them together. Requests that were refused as a whole are in none of these: nobody has looked at what they hold.
 */
export function reportIngest(
  { spool, gate, keyring, billingCheck }: IngestRooms,
  project: string,
  { retention }: { retention?: readonly RetentionReport[] | undefined } = {},
): Ingest {
  const snapshot = spool.snapshot(project);
  return {
    ...toSignals(snapshot),
    lastReceivedAt: toInstant(snapshot.lastReceivedAtMs ?? 0),
    spool: { segments: snapshot.segments, bytes: snapshot.bytes, oldestAgeMs: snapshot.oldestAgeMs },
    refusedRequests: { ...gate.refusals().get(project) },
    keys: listKeys(snapshot.accounts, project, { gate, keyring }),
    repeatedCalls: billingCheck.report(project),
    ...(retention === undefined ? {} : { retention: [...retention] }),
  };
}

/** Those that have sent something, then those that only asked or were refused. */
function listKeys(
  accounts: readonly AccountView[],
  project: string,
  { gate, keyring }: Pick<IngestRooms, "gate" | "keyring">,
): KeyAccounting[] {
  const usage = gate.usage();
  const names = new Map(keyring.list().map((key) => [key.id, key]));
  const describe = (account: Account): KeyAccounting => {
    const key = account.keyId === null ? undefined : names.get(account.keyId);
    const { requests = 0, bytes = 0, refused = {} }: Partial<KeyUsage> = usage.get(account.keyId ?? "") ?? {};
    return {
      keyId: account.keyId,
      name: account.keyId === ownSender.keyId ? ownSender.name : (key?.name ?? null),
      isRevoked: key?.revokedAt != null,
      ...toSignals(account),
      lastReceivedAt: toInstant(account.lastReceivedAtMs),
      requests,
      bytes,
      refusedRequests: { ...refused },
    };
  };
  const known = new Set(accounts.map(({ keyId }) => keyId));
  const silent = [...usage].filter(([id, used]) => used.project === project && !known.has(id));
  return [...accounts, ...silent.map(([keyId]) => ({ keyId, ...nothing() }))].map(describe);
}

type Account = Pick<AccountView, "keyId" | "totals" | "inSpool" | "lastReceivedAtMs">;

function nothing(): Omit<Account, "keyId"> {
  return { totals: emptyTotals(), inSpool: { traces: 0, metrics: 0, logs: 0 }, lastReceivedAtMs: 0 };
}

interface Counted {
  readonly totals: Totals;
  readonly inSpool: Readonly<Record<Signal, number>>;
}

function toSignals(counted: Counted): Record<Signal, SignalAccounting> {
  return {
    traces: toSignal(counted, "traces"),
    metrics: toSignal(counted, "metrics"),
    logs: toSignal(counted, "logs"),
  };
}

function toSignal(counted: Counted, signal: Signal): SignalAccounting {
  const { accepted, ...counts } = counted.totals[signal];
  const inSpool = counted.inSpool[signal];
  return { ...counts, stored: accepted - inSpool, inSpool };
}

function toInstant(ms: number): string | null {
  return ms === 0 ? null : new Date(ms).toISOString();
}
