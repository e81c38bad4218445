// Ingest: what a span costs from the socket to the merged, queryable store, beside two references and the floor of the same run.
//   npm run bench ingest [-- --spans 2048000 --data DIR --launcher FILE]
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureFloor, type FloorOptions, type FloorResult } from "./ingest/floor.ts";
import { runLoad, type LoadOptions } from "./ingest/load.ts";
import { combineCpu, measure, round, type Measurement, type Setting, type Target } from "./ingest/measure.ts";
import { runToEnd, startServer } from "./ingest/processes.ts";
import { settleSpanlight } from "./ingest/settle.ts";
import { ownLauncher, report, startSpanlight } from "./ingest/spanlight.ts";

const self = [...process.execArgv, fileURLToPath(import.meta.url)];
const referenceServer = [
  ...process.execArgv,
  fileURLToPath(new URL("./ingest/reference-server.ts", import.meta.url)),
];
const settings: readonly Setting[] = [
  { spansPerRequest: 100, connections: 1 },
  { spansPerRequest: 100, connections: 4 },
  { spansPerRequest: 512, connections: 1 },
  { spansPerRequest: 512, connections: 4 },
];
/** What the server seals a segment at, in whole requests. */
const spansPerSegment = 100_352;
/** The setting whose CPU per span is compared. */
const compared: Setting = { spansPerRequest: 512, connections: 4 };

switch (process.argv[2]) {
  case "load": {
    // Written by `measure` in the process that started this one.
    const options = JSON.parse(process.argv[3] ?? "{}") as LoadOptions;
    console.log(JSON.stringify(await runLoad(options)));
    break;
  }
  case "floor":
    console.log(JSON.stringify(await measureFloor(JSON.parse(process.argv[3] ?? "{}") as FloorOptions)));
    process.exit(0); // the engine's threads would keep the process
    break;
  default:
    await main();
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      spans: { type: "string" },
      data: { type: "string", default: tmpdir() },
      launcher: { type: "string", default: ownLauncher },
    },
  });
  const total = Number(values.spans ?? 2_048_000);
  const spansPerSetting = Math.ceil(total / settings.length);
  report(`${total} spans, ${cpus().length} cores, Node ${process.versions.node}`);
  // References before and after, so that a neighbour's noise falls on both sides of the comparison.
  const before = await measureReferences(Math.ceil(spansPerSetting / 2), 1000);
  const measured = await measureSpanlight(spansPerSetting, values);
  const after = await measureReferences(Math.ceil(spansPerSetting / 2), 2000);
  const engineInsertMicros = round((before.engineInsertMicros + after.engineInsertMicros) / 2);
  const main = measured.find((one) => isSame(one, compared));
  if (main === undefined) throw new Error("the compared setting was not measured");
  const references = {
    bareDrain: {
      cpuMicrosPerSpan: combineCpu([before.bareDrain, after.bareDrain]),
      runs: [before.bareDrain, after.bareDrain],
    },
    durableDrain: {
      cpuMicrosPerSpan: combineCpu([before.durableDrain, after.durableDrain]),
      runs: [before.durableDrain, after.durableDrain],
    },
    protobufjsDecode: {
      cpuMicrosPerSpan: combineCpu([before.protobufjsDecode, after.protobufjsDecode]),
      runs: [before.protobufjsDecode, after.protobufjsDecode],
    },
  };
  console.log(
    JSON.stringify({
      name: "ingest",
      spansPerSecond: main.spansPerSecond,
      cpuMicrosPerSpan: main.cpuMicrosPerSpan,
      ratio: {
        protobufjsDecode: round(main.cpuMicrosPerSpan / references.protobufjsDecode.cpuMicrosPerSpan),
        bareDrain: round(main.cpuMicrosPerSpan / references.bareDrain.cpuMicrosPerSpan),
      },
      settings: measured,
      references,
      floor: describeFloor(main, {
        engineInsertMicrosPerSpan: engineInsertMicros,
        bareDrainMicrosPerSpan: references.bareDrain.cpuMicrosPerSpan,
        durableDrainMicrosPerSpan: references.durableDrain.cpuMicrosPerSpan,
      }),
    }),
  );
}

interface FloorParts {
  readonly engineInsertMicrosPerSpan: number;
  readonly bareDrainMicrosPerSpan: number;
  readonly durableDrainMicrosPerSpan: number;
}

interface Floor {
  readonly cpuMicrosPerSpan: number;
  /** The server's CPU ÷ this. */
  readonly ratio: number;
}

/**
 * What no server over this engine can be below: the engine's own insert of the same rows, and a body that is read. `durable` is the
 * same for a server that has each body on disk before it answers, and gets its rows decoded for nothing.
 */
function describeFloor(
  { cpuMicrosPerSpan }: Measurement,
  parts: FloorParts,
): FloorParts & Floor & { readonly durable: Floor } {
  const floorOf = (drainMicros: number): Floor => {
    const micros = round(parts.engineInsertMicrosPerSpan + drainMicros);
    return { cpuMicrosPerSpan: micros, ratio: round(cpuMicrosPerSpan / micros) };
  };
  return {
    ...parts,
    ...floorOf(parts.bareDrainMicrosPerSpan),
    durable: floorOf(parts.durableDrainMicrosPerSpan),
  };
}

function isSame(a: Setting, b: Setting): boolean {
  return a.spansPerRequest === b.spansPerRequest && a.connections === b.connections;
}

async function measureSpanlight(
  spansPerSetting: number,
  { data, launcher }: { data: string; launcher: string },
): Promise<Measurement[]> {
  const directory = await mkdtemp(join(data, "spanlight-bench-"));
  const sinceIso = new Date(Date.now() - 60_000).toISOString();
  const server = await startSpanlight(launcher, directory);
  try {
    const measured: Measurement[] = [];
    let spansBefore = 0;
    const target: Target = {
      server,
      settle: (sentSpans) => settleSpanlight(server.url, spansBefore + sentSpans, sinceIso),
    };
    for (const [index, setting] of settings.entries()) {
      const plan = { ...setting, spans: spansPerSetting, seed: index + 1, loadArguments: self };
      const measurement = await measure(target, plan);
      spansBefore += measurement.spans;
      measured.push(measurement);
      reportMeasurement("spanlight", measurement);
    }
    return measured;
  } finally {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

interface References {
  readonly bareDrain: Measurement;
  readonly durableDrain: Measurement;
  readonly protobufjsDecode: Measurement;
  readonly engineInsertMicros: number;
}

async function measureReferences(spans: number, seed: number): Promise<References> {
  return {
    bareDrain: await measureReference("bare-drain", spans, seed),
    durableDrain: await measureReference("durable-drain", spans, seed),
    protobufjsDecode: await measureReference("protobufjs-decode", spans, seed),
    engineInsertMicros: await measureEngineInsert(spans, seed),
  };
}

async function measureEngineInsert(spans: number, seed: number): Promise<number> {
  const options: FloorOptions = {
    signal: "traces",
    items: spans,
    itemsPerRequest: compared.spansPerRequest,
    itemsPerSegment: spansPerSegment,
    seed,
  };
  const floor = (await runToEnd([...self, "floor", JSON.stringify(options)])) as FloorResult; // printed by this program
  report(`engine-insert: ${round(floor.cpuMicrosPerItem)} µs CPU a span`);
  return floor.cpuMicrosPerItem;
}

async function measureReference(role: string, spans: number, seed: number): Promise<Measurement> {
  const server = await startServer([...referenceServer, role]);
  try {
    const target: Target = { server, settle: async () => performance.now() };
    const measurement = await measure(target, { ...compared, spans, seed, loadArguments: self });
    reportMeasurement(role, measurement);
    return measurement;
  } finally {
    await server.close();
  }
}

function reportMeasurement(name: string, one: Measurement): void {
  const setting = `${one.spansPerRequest} spans a request, ${one.connections} connections`;
  report(
    `${name}: ${setting}: ${one.cpuMicrosPerSpan} µs CPU a span, ${one.spansPerSecond} spans/s ` +
      `(acknowledged ${one.acknowledgedPerSecond}/s), ack p50 ${one.ackP50Ms} ms, p99 ${one.ackP99Ms} ms, ` +
      `${Math.round(one.mostMemoryBytes / 2 ** 20)} MiB, by thread ${JSON.stringify(one.threadMicrosPerSpan)}`,
  );
}
