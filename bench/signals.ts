// Logs and metrics: what a record and a data point cost from the socket to the merged, queryable store, beside the engine's own insert.
//   npm run bench signals [-- --logs 1000000 --points 2000000 --data DIR --launcher FILE]
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureFloor, type FloorOptions, type FloorResult } from "./ingest/floor.ts";
import { round } from "./ingest/measure.ts";
import { runToEnd, startServer, type RunningServer } from "./ingest/processes.ts";
import { runSignalLoad, type SignalLoad, type SignalLoadResult } from "./signals/load.ts";
import type { SignalName } from "./signals/prepared-signals.ts";
import { measureFreshness } from "./signals/probe.ts";

const self = [...process.execArgv, fileURLToPath(import.meta.url)];
const ownLauncher = fileURLToPath(new URL("../packages/server/bin/spanlight.cjs", import.meta.url));
const itemsPerRequest = 500;
const connections = 4;
const itemsPerSegment = 100_000;
const quietMs = 10_000;
const mostWaitMs = 15 * 60_000;

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
  /** From the acknowledgement of a marked item, sent beside the load, until a query finds it. */
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
  const server = await startServer([launcher, "serve", "--ready-json"], {
    SPANLIGHT_DATA: directory,
    SPANLIGHT_PORT: "0",
    SPANLIGHT_GRPC_PORT: "0",
    SPANLIGHT_HOST: "127.0.0.1",
    SPANLIGHT_LOG_LEVEL: "warn",
  });
  try {
    const measured = await measureLoad(server, signal, items);
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

type Measured = Omit<SignalFigures, "floorCpuMicrosPerItem" | "bytesPerItemOnDisk">;

async function measureLoad(server: RunningServer, signal: SignalName, items: number): Promise<Measured> {
  const end = new AbortController();
  let mostMemoryBytes = 0;
  const sampler = setInterval(() => {
    mostMemoryBytes = Math.max(mostMemoryBytes, server.readMemoryBytes());
  }, 500);
  const freshness = measureFreshness(server.url, signal, end.signal);
  const cpuBefore = server.readCpuMicros();
  const startedAt = performance.now();
  const load: SignalLoad = { url: server.url, signal, items, itemsPerRequest, connections, seed: 1 };
  const sent = (await runToEnd([...self, "load", JSON.stringify(load)])) as SignalLoadResult; // printed by this program
  end.abort();
  const queryableMs = Float64Array.from(await freshness).sort();
  const settledAt = await settle(server.url, signal, sent.items + queryableMs.length);
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
    queryableP50Ms: Math.round(queryableMs[Math.floor(queryableMs.length * 0.5)] ?? 0),
    queryableP99Ms: Math.round(queryableMs[Math.floor(queryableMs.length * 0.99)] ?? 0),
  };
}

/** Waits until all is stored and no merge has run for ten seconds; answers the moment at which the last work ended. */
async function settle(url: string, signal: SignalName, items: number): Promise<number> {
  const startedAt = performance.now();
  let lastBusyAt = startedAt;
  for (;;) {
    const accounting = (await (await fetch(`${url}/api/ingest`)).json()) as Record<
      SignalName,
      { stored: number; inSpool: number }
    >; // the contract's `ingestSchema`
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const merges = Number(/^spanlight_store_merges_running(?:\{[^}]*\})? (\d+)/m.exec(metrics)?.[1] ?? 0);
    const { stored, inSpool } = accounting[signal];
    const now = performance.now();
    if (stored < items || inSpool > 0 || merges > 0) lastBusyAt = now;
    if (now - lastBusyAt >= quietMs) return lastBusyAt;
    if (now - startedAt > mostWaitMs)
      throw new Error(`After 15 minutes ${stored} of ${items} items are stored.`);
    await delay(500);
  }
}

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}
