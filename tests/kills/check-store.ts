import { join } from "node:path";
import { createEmbeddedEngine } from "../../packages/server/src/store/embedded-engine.ts";
import { openEmbeddedSessions } from "../../packages/server/src/store/embedded-sessions.ts";
import type { Engine } from "../../packages/server/src/store/engine.ts";
import { inputTokens, outputTokens, spansPerRequest } from "./requests.ts";

/** What the store holds after the last kill, and everything that is wrong with it, one sentence each. */
export interface StoreFindings {
  readonly spans: number;
  readonly wrongs: readonly string[];
}

/** Reads the tables themselves, where a doubled row cannot hide behind a query that leaves doubles out. */
export async function checkStore(
  directory: string,
  acknowledged: ReadonlySet<number>,
): Promise<StoreFindings> {
  const embedded = createEmbeddedEngine(await openEmbeddedSessions({ directory: join(directory, "store") }));
  try {
    const engine = await embedded.forDatabase("spanlight");
    const spans = await countByRequest(engine, spansSql);
    const contents = await countByRequest(engine, contentsSql);
    const wrongs = [
      ...compareRequests("span", spans, acknowledged),
      ...compareRequests("content", contents, acknowledged),
      ...(await compareRollup(engine, acknowledged.size * spansPerRequest)),
    ];
    return { spans: [...spans.values()].reduce((sum, { rows }) => sum + rows, 0), wrongs };
  } finally {
    await embedded.close();
  }
}

interface Held {
  readonly rows: number;
  readonly distinct: number;
}

// A span's id begins with the number of its request and goes on with its place, both big-endian.
const numbers = `reinterpretAsUInt32(reverse(substring(toString(span_id), 1, 4))) AS number,
reinterpretAsUInt32(reverse(substring(toString(span_id), 5, 4))) - 1 AS place`;
const spansSql = `SELECT number, count() AS rows, uniqExact(place) AS distinct
FROM (SELECT ${numbers} FROM spans) GROUP BY number`;
const contentsSql = `SELECT number, count() AS rows, uniqExactIf(place, isRight) AS distinct
FROM (SELECT ${numbers}, position(content['gen_ai.input.messages'], concat('question ', toString(number), '/', toString(place), ' ')) > 0 AS isRight
FROM contents) GROUP BY number`;

async function countByRequest(engine: Engine, sql: string): Promise<Map<number, Held>> {
  const rows = await engine.query<{ number: number; rows: string; distinct: string }>({
    sql,
    timeoutMs: 120_000,
  });
  return new Map(
    rows.map((row) => [row.number, { rows: Number(row.rows), distinct: Number(row.distinct) }] as const),
  );
}

function compareRequests(what: string, held: Map<number, Held>, acknowledged: ReadonlySet<number>): string[] {
  const wrongs: string[] = [];
  for (const number of acknowledged) {
    const found = held.get(number) ?? { rows: 0, distinct: 0 };
    if (found.distinct !== spansPerRequest)
      wrongs.push(`request ${number}: ${found.distinct} of ${spansPerRequest} ${what}s stored`);
    if (found.rows !== spansPerRequest) wrongs.push(`request ${number}: ${found.rows} ${what} rows stored`);
  }
  for (const number of held.keys())
    if (!acknowledged.has(number))
      wrongs.push(`request ${number}: ${what}s stored that were never acknowledged`);
  return wrongs;
}

const rollupKeys =
  "project, slot, service, environment, endpoint, span_type, operation, provider, model, error_type, billed";
const rollupSql = `SELECT sum(spans) AS spans, sum(input) AS input, sum(output) AS output FROM (
SELECT ${rollupKeys}, count() AS spans, sum(input_tokens) AS input, sum(output_tokens) AS output
FROM spans GROUP BY ${rollupKeys})`;

interface Sums {
  readonly spans: string;
  readonly input: string;
  readonly output: string;
}

async function compareRollup(engine: Engine, expectedSpans: number): Promise<string[]> {
  const read = async (settings: Record<string, string | number>): Promise<string> => {
    const [sums] = await engine.query<Sums>({ sql: rollupSql, settings, timeoutMs: 120_000 });
    return `${sums?.spans} spans, ${sums?.input} and ${sums?.output} tokens`;
  };
  const rollup = await read({ force_optimize_projection: 1, force_optimize_projection_name: "rollup_10s" });
  const raw = await read({ optimize_use_projections: 0 });
  const expected = `${expectedSpans} spans, ${expectedSpans * inputTokens} and ${expectedSpans * outputTokens} tokens`;
  return [
    ...(rollup === raw ? [] : [`the rollup holds ${rollup}, the rows ${raw}`]),
    ...(raw === expected ? [] : [`the rows hold ${raw}, sent were ${expected}`]),
  ];
}
