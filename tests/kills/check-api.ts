import { setTimeout as delay } from "node:timers/promises";
import { inputTokens, outputTokens, spansPerRequest } from "./requests.ts";
import { keyPlaceOf, type SenderKey } from "./sender-keys.ts";

interface Accounting {
  readonly received: number;
  readonly stored: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly duplicates: number;
  readonly inSpool: number;
}

/** What was acknowledged must be readable this soon after the server is ready. */
const readableWithinMs = 10_000;

interface KeyAccounting {
  readonly keyId: string | null;
  readonly traces: Accounting;
}

/**
 * The identity must hold in every snapshot, of every key and of all together, and nothing acknowledged may be missing from it. Returns
 * what is wrong.
 */
export async function checkAccounting(
  url: string,
  sent: { keys: readonly SenderKey[]; acknowledged: ReadonlySet<number> },
): Promise<string[]> {
  const { traces, keys } = await readAccounting(url);
  const wrongs = compareAccounting("all keys", traces, sent.acknowledged.size);
  for (const [place, { id }] of sent.keys.entries()) {
    const own = keys.find(({ keyId }) => keyId === id)?.traces;
    const requests = [...sent.acknowledged].filter(
      (number) => keyPlaceOf(number, sent.keys) === place,
    ).length;
    if (own !== undefined) wrongs.push(...compareAccounting(`key ${id}`, own, requests));
    else if (requests > 0)
      wrongs.push(`nothing is known of key ${id}, whose ${requests} requests were taken`);
  }
  for (const figure of ["received", "stored", "duplicates", "inSpool"] as const) {
    const sum = keys.reduce((total, key) => total + key.traces[figure], 0);
    if (sum !== traces[figure]) wrongs.push(`${figure}: ${traces[figure]}, by key ${sum}`);
  }
  return wrongs;
}

function compareAccounting(
  whose: string,
  { received, stored, rejected, duplicates, inSpool }: Accounting,
  acknowledgedRequests: number,
): string[] {
  const refused = Object.values(rejected).reduce((sum, count) => sum + count, 0);
  const wrongs: string[] = [];
  if (received !== stored + refused + duplicates + inSpool)
    wrongs.push(
      `${whose}: received ${received} ≠ stored ${stored} + rejected ${refused} + duplicates ${duplicates} + in spool ${inSpool}`,
    );
  if (stored + inSpool < acknowledgedRequests * spansPerRequest)
    wrongs.push(
      `${whose}: ${stored} stored and ${inSpool} in the spool of ${acknowledgedRequests * spansPerRequest} acknowledged`,
    );
  return wrongs;
}

/** Waits until everything is in the store, then compares the overview with what was sent. Returns what is wrong. */
export async function checkOverview(url: string, requests: number, sinceMs: number): Promise<string[]> {
  const expected = requests * spansPerRequest;
  const deadlineMs = Date.now() + readableWithinMs;
  while ((await readAccounting(url)).traces.stored < expected) {
    if (Date.now() > deadlineMs)
      return [`after ${readableWithinMs} ms not all of ${expected} spans are stored`];
    await delay(100);
  }
  const query = new URLSearchParams({
    from: new Date(sinceMs - 60_000).toISOString(),
    to: new Date(Date.now() + 60_000).toISOString(),
  });
  const body = await readJson(`${url}/api/overview?${query}`);
  // The shape is the contract's `overviewSchema`.
  const { totals } = body as { totals: { requests: number; inputTokens: number; outputTokens: number } };
  const seen = `${totals.requests} calls, ${totals.inputTokens} and ${totals.outputTokens} tokens`;
  const wanted = `${expected} calls, ${expected * inputTokens} and ${expected * outputTokens} tokens`;
  return seen === wanted ? [] : [`the overview says ${seen}, sent were ${wanted}`];
}

/** Spans counted as duplicates so far. */
export async function readDuplicates(url: string): Promise<number> {
  return (await readAccounting(url)).traces.duplicates;
}

async function readAccounting(url: string): Promise<{ traces: Accounting; keys: readonly KeyAccounting[] }> {
  // The shape is the contract's `ingestSchema`.
  return (await readJson(`${url}/api/ingest`)) as { traces: Accounting; keys: readonly KeyAccounting[] };
}

async function readJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}
