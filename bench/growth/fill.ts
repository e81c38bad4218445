// Makes a store large: its spans and their content once more, and again, under new ids and over a week.
import { join } from "node:path";
import { createEmbeddedEngine } from "../../packages/server/src/store/embedded-engine.ts";
import { openEmbeddedSessions } from "../../packages/server/src/store/embedded-sessions.ts";
import type { Engine } from "../../packages/server/src/store/engine.ts";

/** What the filling process is told. */
export interface FillOptions {
  readonly directory: string;
  /** How many spans the store shall hold; it holds a part of them already. */
  readonly spans: number;
}

const days = 7;

/** Copies what the store of a stopped server holds until it is large enough. Answers how many spans it holds. */
export async function fillStore({ directory, spans }: FillOptions): Promise<number> {
  const embedded = createEmbeddedEngine(await openEmbeddedSessions({ directory: join(directory, "store") }));
  try {
    const engine = await embedded.forDatabase("spanlight");
    const base = await readBase(engine);
    let stored = base.spans;
    for (let copy = 1; stored < spans; copy += 1) {
      const share = Math.min(1, (spans - stored) / base.spans);
      await copySpans(engine, { ...base, copy, share });
      const before = stored;
      stored = (await readBase(engine)).spans;
      if (stored === before) throw new Error(`copying added nothing to ${stored} spans`);
      process.stderr.write(`${stored} spans stored\n`);
    }
    return stored;
  } finally {
    await embedded.close();
  }
}

interface Base {
  readonly spans: number;
  readonly lastBlock: string;
}

async function readBase(engine: Engine): Promise<Base> {
  const [row] = await engine.query<{ spans: string; lastBlock: string }>({
    sql: "SELECT count() AS spans, max(block) AS lastBlock FROM spans",
    timeoutMs: 120_000,
  });
  return { spans: Number(row?.spans ?? 0), lastBlock: row?.lastBlock ?? "0" };
}

async function copySpans(
  engine: Engine,
  { lastBlock, copy, share }: Base & { copy: number; share: number },
): Promise<void> {
  const shift = `toIntervalSecond(${(copy % days) * 86_400 + copy * 61})`;
  const id = (column: string, type: "UInt64" | "UInt128", size: number): string =>
    `toFixedString(reinterpretAsFixedString(bitXor(reinterpretAs${type}(${column}), to${type}(${copy}) * 7919)), ${size}) AS ${column}`;
  const parent = `if(parent_span_id = toFixedString('', 8), parent_span_id, toFixedString(reinterpretAsFixedString(bitXor(reinterpretAsUInt64(parent_span_id), toUInt64(${copy}) * 7919)), 8)) AS parent_span_id`;
  // Whole traces: a share of them is one of their ids.
  const where = `block <= {lastBlock:UInt64} AND cityHash64(trace_id) % 1000 < {share:UInt32}`;
  const common = [
    `block + {offset:UInt64} AS block`,
    `received_at - toIntervalDay(${copy % days}) AS received_at`,
    id("trace_id", "UInt128", 16),
    id("span_id", "UInt64", 8),
    `start_time - ${shift} AS start_time`,
  ];
  const replace = {
    spans: [
      ...common,
      parent,
      `slot - toIntervalSecond(intDiv(${(copy % days) * 86_400 + copy * 61}, 10) * 10) AS slot`,
      `if(session_id = '', '', concat(session_id, '-${copy}')) AS session_id`,
    ],
    contents: [...common, `concat(conversation, '-${copy}') AS conversation`],
  };
  const parameters = { lastBlock, share: Math.ceil(share * 1000), offset: BigInt(lastBlock) * BigInt(copy) };
  for (const table of ["spans", "contents"] as const)
    await engine.command(
      `INSERT INTO ${table} SELECT * REPLACE (${replace[table].join(",\n")}) FROM (SELECT * FROM ${table} WHERE ${where})
SETTINGS max_threads = 1, max_insert_threads = 1, max_insert_block_size = 200000, min_insert_block_size_rows = 200000`,
      parameters,
    );
}
