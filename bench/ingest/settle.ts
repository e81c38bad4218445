import { waitForRest, type Accounting } from "./spanlight.ts";

/** A Spanlight server did not store what it acknowledged, or answers with other counts. */
class LostSpansError extends Error {
  readonly code = "lost_spans";
}

/**
 * Waits until the server's accounting shows every span stored and no merge has run for ten seconds, then checks by a
 * query that every span is counted. Returns the moment at which the last work ended.
 */
export async function settleSpanlight(url: string, expectedSpans: number, sinceIso: string): Promise<number> {
  const lastBusyAt = await waitForRest(url, ({ traces }) => {
    checkNothingRefused(traces);
    return traces.stored >= expectedSpans && traces.inSpool === 0;
  });
  await checkCount(url, expectedSpans, sinceIso);
  return lastBusyAt;
}

function checkNothingRefused(traces: Accounting["traces"]): void {
  if (Object.keys(traces.rejected).length > 0 || traces.duplicates > 0)
    throw new LostSpansError(`The server refused spans: ${JSON.stringify(traces)}`);
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
