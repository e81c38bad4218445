/** Accounting of one signal; the shape is the contract's `signalAccountingSchema`. */
export interface SignalAccounting {
  readonly received: number;
  readonly stored: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly duplicates: number;
  readonly inSpool: number;
}

export const signals = ["traces", "metrics", "logs"] as const;
export type Signal = (typeof signals)[number];

export async function readAccounting(url: string): Promise<Record<Signal, SignalAccounting>> {
  const response = await fetch(`${url}/api/ingest`);
  if (!response.ok) throw new Error(`/api/ingest answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Record<Signal, SignalAccounting>; // the contract's `ingestSchema`
}

/** What is wrong with the identity received = stored + rejected + duplicates + in spool, one sentence a signal. */
export async function checkIdentity(url: string): Promise<string[]> {
  const accounting = await readAccounting(url);
  return signals.flatMap((signal) => {
    const { received, stored, duplicates, inSpool } = accounting[signal];
    const rejected = countRejected(accounting[signal]);
    const sum = stored + rejected + duplicates + inSpool;
    return received === sum && stored >= 0
      ? []
      : [
          `${signal}: received ${received} ≠ stored ${stored} + rejected ${rejected} + duplicates ${duplicates} + in spool ${inSpool}`,
        ];
  });
}

export function countRejected({ rejected }: SignalAccounting): number {
  return Object.values(rejected).reduce((sum, items) => sum + items, 0);
}

/** True when nothing waits for the store any more. */
export async function isAllStored(url: string): Promise<boolean> {
  const accounting = await readAccounting(url);
  return signals.every((signal) => accounting[signal].inSpool === 0);
}
