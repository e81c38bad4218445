// Logs and metrics: what a record and a data point cost from the socket to the merged, queryable store, beside the engine's own insert.
//   npm run bench signals [-- --logs 1000000 --points 2000000 --data DIR --launcher FILE]
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureFloor, type FloorOptions, type FloorResult } from "./ingest/floor.ts";
import { round } from "./ingest/measure.ts";
import { runToEnd, type RunningServer } from "./ingest/processes.ts";
import { ownLauncher, readAccounting, report, startSpanlight, waitForRest } from "./ingest/spanlight.ts";
import { runSignalLoad, type SignalLoad, type SignalLoadResult } from "./signals/load.ts";
import type { SignalName } from "./signals/prepared-signals.ts";
import { measureFreshness } from "./signals/probe.ts";

const self = [...process.execArgv, fileURLToPath(import.meta.url)];
const itemsPerRequest = 500;
const connections = 4;
const itemsPerSegment = 100_000;

switch (process.argv[2]) {
  case "load":
    // Both were written by this program in the process that started this one.
    console.log(JSON.stringify(await runSignalLoad(JSON.parse(process.argv[3] ?? "{}") as SignalLoad)));
    break;
  case "floor":
    console.log(JSON.stringify(await measureFloor(JSON.parse(process.argv[3] ?? "{}") as FloorOptions)));
    process.exit(0); // the engine's threads would keep the process
    break;
  default:
    await main();
}

interface SignalFigures {
  readonly items: number;
  readonly requestBytesPerItem: number;
  readonly acknowledgedPerSecond: number;
  /** Items ÷ time from the first byte sent until all are stored and the last merge has ended. */
  readonly storedPerSecond: number;
  readonly cpuMicrosPerItem: number;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  readonly retries: number;
  readonly mostMemoryMiB: number;
  /** From the acknowledgement of a marked item, sent beside a quarter of the load, until a query finds it. */
  readonly queryableP50Ms: number;
  readonly queryableP99Ms: number;
  /** The engine's own insert of the same rows from ready-made files. */
  readonly floorCpuMicrosPerItem: number;
  readonly bytesPerItemOnDisk: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      logs: { type: "string", default: "1000000" },
      points: { type: "string", default: "2000000" },
      data: { type: "string", default: tmpdir() },
      launcher: { type: "string", default: ownLauncher },
    },
  });
  report(
    `${values.logs} log records, ${values.points} data points, ${cpus().length} cores, Node ${process.versions.node}`,
  );
  const logs = await measureSignal("logs", Number(values.logs), values);
  const points = await measureSignal("metrics", Number(values.points), values);
  console.log(
    JSON.stringify({
      name: "signals",
      logsPerSecond: logs.acknowledgedPerSecond,
      pointsPerSecond: points.acknowledgedPerSecond,
      logs,
      points,
      ratio: {
        logsToEngineInsert: round(logs.cpuMicrosPerItem / logs.floorCpuMicrosPerItem),
        pointsToEngineInsert: round(points.cpuMicrosPerItem / points.floorCpuMicrosPerItem),
      },
    }),
  );
}

async function measureSignal(
  signal: SignalName,
  items: number,
  { data, launcher }: { data: string; launcher: string },
): Promise<SignalFigures> {
  const directory = await mkdtemp(join(data, "spanlight-bench-"));
  const server = await startSpanlight(launcher, directory, { SPANLIGHT_LOG_LEVEL: "warn" });
  try {
    // A tenth first: a process that has just started compiles what it runs.
    await sendToRest(server, signal, { items: Math.ceil(items / 10) });
    const measured = await measureLoad(server, signal, items);
    const queryable = await measureQueryable(server, signal, Math.ceil(items / 4));
    const floorOptions: FloorOptions = {
      signal,
      items: Math.ceil(items / 4),
      itemsPerRequest,
      itemsPerSegment,
      seed: 9,
    };
    const floor = (await runToEnd([...self, "floor", JSON.stringify(floorOptions)])) as FloorResult; // printed by this program
    const figures = {
      ...measured,
      ...queryable,
      floorCpuMicrosPerItem: round(floor.cpuMicrosPerItem),
      bytesPerItemOnDisk: round(floor.bytesPerItem),
    };
    report(`${signal}: ${JSON.stringify(figures)}`);
    return figures;
  } finally {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

type Measured = Omit<
  SignalFigures,
  "floorCpuMicrosPerItem" | "bytesPerItemOnDisk" | "queryableP50Ms" | "queryableP99Ms"
>;

async function measureLoad(server: RunningServer, signal: SignalName, items: number): Promise<Measured> {
  let mostMemoryBytes = 0;
  const sampler = setInterval(() => {
    mostMemoryBytes = Math.max(mostMemoryBytes, server.readMemoryBytes());
  }, 500);
  const cpuBefore = server.readCpuMicros();
  const startedAt = performance.now();
  const { sent, settledAt } = await sendToRest(server, signal, { items });
  const cpuMicros = server.readCpuMicros() - cpuBefore;
  clearInterval(sampler);
  return {
    items: sent.items,
    requestBytesPerItem: Math.round(sent.bytes / sent.items),
    acknowledgedPerSecond: Math.round((sent.items * 1000) / sent.elapsedMs),
    storedPerSecond: Math.round((sent.items * 1000) / (settledAt - startedAt)),
    cpuMicrosPerItem: round(cpuMicros / sent.items),
    ackP50Ms: round(sent.ackP50Ms),
    ackP99Ms: round(sent.ackP99Ms),
    retries: sent.retries,
    mostMemoryMiB: Math.round(mostMemoryBytes / 2 ** 20),
  };
}

/** Beside a load of its own: whoever asks again and again costs the server more than what he waits for. */
async function measureQueryable(
  server: RunningServer,
  signal: SignalName,
  items: number,
): Promise<Pick<SignalFigures, "queryableP50Ms" | "queryableP99Ms">> {
  const end = new AbortController();
  const freshness = measureFreshness(server.url, signal, end.signal);
  await send(server, signal, { items });
  end.abort();
  const queryableMs = Float64Array.from(await freshness).sort();
  return {
    queryableP50Ms: Math.round(queryableMs[Math.floor(queryableMs.length * 0.5)] ?? 0),
    queryableP99Ms: Math.round(queryableMs[Math.floor(queryableMs.length * 0.99)] ?? 0),
  };
}

/** Sends items and waits until all are stored and the store is at rest. */
async function sendToRest(
  server: RunningServer,
  signal: SignalName,
  plan: { items: number },
): Promise<{ sent: SignalLoadResult; settledAt: number }> {
  const before = await readAccounting(server.url);
  const sent = await send(server, signal, plan);
  const stored = before[signal].stored + sent.items;
  const settledAt = await waitForRest(
    server.url,
    (now) => now[signal].stored >= stored && now[signal].inSpool === 0,
  );
  return { sent, settledAt };
}

async function send(
  server: RunningServer,
  signal: SignalName,
  plan: { items: number },
): Promise<SignalLoadResult> {
  // One seed for all of them: the series stay the same, as they do in life.
  const load: SignalLoad = { url: server.url, signal, itemsPerRequest, connections, seed: 1, ...plan };
  return (await runToEnd([...self, "load", JSON.stringify(load)])) as SignalLoadResult; // printed by this program
}
