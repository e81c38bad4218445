import { setTimeout as delay } from "node:timers/promises";

/** A Spanlight server did not store what it acknowledged, or answers with other counts. */
class LostSpansError extends Error {
  readonly code = "lost_spans";
}

const quietMs = 10_000;
const mostWaitMs = 15 * 60_000;

/**
 * Waits until the server's accounting shows every span stored and no merge has run for ten seconds, then checks by a
 * query that every span is counted. Returns the moment at which the last work ended.
 */
export async function settleSpanlight(url: string, expectedSpans: number, sinceIso: string): Promise<number> {
  const startedAt = performance.now();
  let lastBusyAt = startedAt;
  for (;;) {
    const { stored, inSpool } = await readAccounting(url);
    const merges = await readMergesRunning(url);
    const now = performance.now();
    if (stored < expectedSpans || inSpool > 0 || merges > 0) lastBusyAt = now;
    if (now - lastBusyAt >= quietMs) break;
    if (now - startedAt > mostWaitMs)
      throw new LostSpansError(
        `After ${mostWaitMs / 60_000} minutes ${stored} of ${expectedSpans} spans are stored.`,
      );
    await delay(500);
  }
  await checkCount(url, expectedSpans, sinceIso);
  return lastBusyAt;
}

async function readAccounting(url: string): Promise<{ stored: number; inSpool: number }> {
  const body: unknown = await readJson(`${url}/api/ingest`);
  // The shape is the contract's `ingestSchema`.
  const { traces } = body as {
    traces: { stored: number; inSpool: number; rejected: object; duplicates: number };
  };
  if (Object.keys(traces.rejected).length > 0 || traces.duplicates > 0)
    throw new LostSpansError(`The server refused spans: ${JSON.stringify(traces)}`);
  return traces;
}

async function readMergesRunning(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = /^spanlight_store_merges_running(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1];
  if (value === undefined) throw new Error(`${url}/metrics has no spanlight_store_merges_running`);
  return Number(value);
}

/** Every span of the load is a model call, so the overview counts each of them. */
async function checkCount(url: string, expectedSpans: number, sinceIso: string): Promise<void> {
  const query = new URLSearchParams({ from: sinceIso, to: new Date(Date.now() + 60_000).toISOString() });
  const body: unknown = await readJson(`${url}/api/overview?${query}`);
  // The shape is the contract's `overviewSchema`.
  const { totals } = body as { totals: { requests: number } };
  if (totals.requests !== expectedSpans)
    throw new LostSpansError(`The overview counts ${totals.requests} of ${expectedSpans} spans.`);
}

async function readJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}
