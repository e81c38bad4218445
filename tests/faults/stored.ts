import { join } from "node:path";
import { createEmbeddedEngine } from "../../packages/server/src/store/embedded-engine.ts";
import { openEmbeddedSessions } from "../../packages/server/src/store/embedded-sessions.ts";
import type { Engine } from "../../packages/server/src/store/engine.ts";
import { spansPerRequest } from "../kills/requests.ts";

/** Looks into the store of a stopped server: a doubled row cannot hide behind a query that leaves doubles out. */
export async function withStore<Result>(
  directory: string,
  look: (engine: Engine) => Promise<Result>,
): Promise<Result> {
  const embedded = createEmbeddedEngine(await openEmbeddedSessions({ directory: join(directory, "store") }));
  try {
    return await look(await embedded.forDatabase("spanlight"));
  } finally {
    await embedded.close();
  }
}

/** Rows of a table. */
export async function countRows(engine: Engine, table: "spans" | "logs" | "metric_samples"): Promise<number> {
  const [row] = await engine.query<{ rows: string }>({
    sql: `SELECT count() AS rows FROM ${table}`,
    timeoutMs: 120_000,
  });
  return Number(row?.rows ?? 0);
}

/** Compares the spans of acknowledged requests (tests/kills/requests.ts) with the store: each must be there, once. */
export async function checkProbes(engine: Engine, acknowledged: ReadonlySet<number>): Promise<string[]> {
  const rows = await engine.query<{ number: number; rows: string; places: string }>({
    sql: `SELECT reinterpretAsUInt32(reverse(substring(toString(span_id), 1, 4))) AS number, count() AS rows, uniqExact(span_id) AS places
FROM spans WHERE startsWith(service, 'kill-test-') GROUP BY number HAVING number < 16777216`,
    timeoutMs: 120_000,
    maxRows: 1_000_000,
  });
  const found = new Map(rows.map((row) => [row.number, row] as const));
  const wrongs: string[] = [];
  for (const number of acknowledged) {
    const { rows: count = "0", places = "0" } = found.get(number) ?? {};
    if (Number(places) !== spansPerRequest)
      wrongs.push(`request ${number}: ${places} of ${spansPerRequest} spans stored`);
    else if (Number(count) !== spansPerRequest)
      wrongs.push(`request ${number}: stored ${count} times ${spansPerRequest}`);
  }
  return wrongs.slice(0, 20);
}
