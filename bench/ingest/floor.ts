// What the engine alone takes for the same rows: ready-made Native files, inserted as the server inserts them.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogIngest } from "../../packages/server/src/ingest/ingest-logs.ts";
import { createMetricIngest } from "../../packages/server/src/ingest/ingest-metrics.ts";
import { createTraceIngest } from "../../packages/server/src/ingest/ingest-traces.ts";
import { Pricer } from "../../packages/server/src/price/price-call.ts";
import type { SignalIngest } from "../../packages/server/src/ingest/group-commit.ts";
import type { Spool } from "../../packages/server/src/spool/spool.ts";
import { createEmbeddedEngine } from "../../packages/server/src/store/embedded-engine.ts";
import { openEmbeddedSessions } from "../../packages/server/src/store/embedded-sessions.ts";
import { migrate } from "../../packages/server/src/store/migrate.ts";
import { prepareSignals, type SignalName } from "../signals/prepared-signals.ts";
import { prepareRequests } from "./prepared-requests.ts";

/** What the floor process is told. */
export interface FloorOptions {
  readonly signal: SignalName | "traces";
  readonly items: number;
  readonly itemsPerRequest: number;
  readonly itemsPerSegment: number;
  readonly seed: number;
}

export interface FloorResult {
  readonly cpuMicrosPerItem: number;
  readonly bytesPerItem: number;
}

/** Makes the files first, then inserts them and counts the CPU of this process; the first segment warms the engine up and does not count. */
export async function measureFloor(options: FloorOptions): Promise<FloorResult> {
  const directory = await mkdtemp(join(tmpdir(), "spanlight-floor-"));
  const embedded = createEmbeddedEngine(await openEmbeddedSessions({ directory: join(directory, "store") }));
  try {
    const engine = await embedded.forDatabase("spanlight");
    await migrate(engine);
    const segments = await makeSegments(options, directory);
    const counted = segments.length === 1 ? options.items : options.items - options.itemsPerSegment;
    let before = process.cpuUsage();
    for (const [index, files] of segments.entries()) {
      if (index === 1) before = process.cpuUsage();
      for (const [table, file] of files)
        await engine.insertBlock({
          table,
          block: BigInt(index + 1),
          receivedAtMs: Date.now(),
          files: [file],
        });
    }
    const { user, system } = process.cpuUsage(before);
    const [disk] = await engine.query<{ bytes: string }>({
      sql: "SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase()",
    });
    return {
      cpuMicrosPerItem: (user + system) / counted,
      bytesPerItem: Number(disk?.bytes ?? 0) / options.items,
    };
  } finally {
    await embedded.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function makeSegments(options: FloorOptions, directory: string): Promise<Map<string, string>[]> {
  let gathered = new Map<string, Buffer[]>();
  const ingest = createIngest(options.signal, (table, buffers) => {
    const list = gathered.get(table) ?? [];
    list.push(...buffers.map((buffer) => Buffer.from(buffer)));
    gathered.set(table, list);
  });
  const next = prepareNext(options);
  const segments: Map<string, string>[] = [];
  const flush = async (): Promise<void> => {
    const files = new Map<string, string>();
    for (const [table, buffers] of gathered) {
      const file = join(directory, `${segments.length}.${table}.native`);
      await writeFile(file, Buffer.concat(buffers));
      files.set(table, file);
    }
    segments.push(files);
    gathered = new Map();
  };
  let inSegment = 0;
  for (let sent = 0; sent < options.items; sent += options.itemsPerRequest) {
    await ingest.accept({ project: "default", bytes: next() });
    inSegment += options.itemsPerRequest;
    if (inSegment < options.itemsPerSegment) continue;
    inSegment = 0;
    await flush();
  }
  if (inSegment > 0) await flush();
  return segments;
}

function prepareNext({ signal, itemsPerRequest, seed }: FloorOptions): () => Buffer {
  return signal === "traces"
    ? prepareRequests({ spansPerRequest: itemsPerRequest, seed })
    : prepareSignals({ signal, itemsPerRequest, seed });
}

/** The server's own way from the bytes to columns, into the hand of `take` in place of the spool. */
function createIngest(
  signal: FloorOptions["signal"],
  take: (table: string, buffers: readonly Buffer[]) => void,
): SignalIngest {
  const hand: Pick<Spool, "append" | "knows"> = {
    append({ tables }) {
      for (const { table, buffers } of tables) take(table, buffers);
      return Promise.resolve();
    },
    knows: () => false,
  };
  const spool = hand as Spool; // the two members that ingest asks of it
  if (signal === "traces") return createTraceIngest({ spool, pricer: new Pricer() });
  return signal === "logs"
    ? createLogIngest({ spool, now: Date.now })
    : createMetricIngest({ spool, now: Date.now, maxSeries: 1_000_000 });
}
