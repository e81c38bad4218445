// Growth: the cost of a span, the time of an acknowledgement and of the pages' questions at 1 M and 10 M stored spans (and 50 M with --large).
//   npm run bench growth [-- --sizes 1000000,10000000 --large --sent 128000 --data DIR --launcher FILE]
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { fillStore, type FillOptions } from "./growth/fill.ts";
import { measureQuestions, questions, type Latencies, type Question } from "./growth/ask.ts";
import { runLoad, type LoadOptions, type LoadResult } from "./ingest/load.ts";
import { round } from "./ingest/measure.ts";
import { runToEnd, type RunningServer } from "./ingest/processes.ts";
import { ownLauncher, readGauge, report, startSpanlight, waitForRest } from "./ingest/spanlight.ts";

const self = [...process.execArgv, fileURLToPath(import.meta.url)];
const largeSpans = 50_000_000;
/** What a start has to do of its own accord is done by then. */
const idleMs = 20_000;

switch (process.argv[2]) {
  case "load":
    // Both were written by this program in the process that started this one.
    console.log(JSON.stringify(await runLoad(JSON.parse(process.argv[3] ?? "{}") as LoadOptions)));
    break;
  case "fill": {
    const stored = await fillStore(JSON.parse(process.argv[3] ?? "{}") as FillOptions);
    console.log(JSON.stringify({ stored }));
    process.exit(0); // the engine's threads would keep the process
    break;
  }
  default:
    await main();
}

interface SizeFigures {
  readonly storedSpans: number;
  readonly cpuMicrosPerSpan: number;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  readonly questions: Readonly<Record<Question, Latencies>>;
  readonly bytesOnDisk: number;
  /** Resident after a start, before anybody asks or sends. */
  readonly idleMemoryMiB: number;
  readonly memoryMiB: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string", default: "1000000,10000000" },
      large: { type: "boolean", default: false },
      sent: { type: "string", default: "128000" },
      seeded: { type: "string", default: "500000" },
      data: { type: "string", default: tmpdir() },
      launcher: { type: "string", default: ownLauncher },
    },
  });
  const sizes = [...values.sizes.split(",").map(Number), ...(values.large ? [largeSpans] : [])];
  report(`${sizes.join(", ")} spans, ${cpus().length} cores, Node ${process.versions.node}`);
  const directory = await mkdtemp(join(values.data, "spanlight-bench-"));
  const measured: SizeFigures[] = [];
  try {
    // What is copied has come by the door like any other span.
    await withServer(values.launcher, directory, (server) =>
      send(server, { spans: Math.min(Number(values.seeded), sizes[0] ?? 0), seed: 1 }),
    );
    for (const [index, spans] of sizes.entries()) {
      await runToEnd([...self, "fill", JSON.stringify({ directory, spans } satisfies FillOptions)]);
      const figures = await withServer(values.launcher, directory, (server) =>
        measureSize(server, { spans, sent: Number(values.sent), seed: 100 + index }),
      );
      report(JSON.stringify(figures));
      measured.push(figures);
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  console.log(JSON.stringify({ name: "growth", sizes: measured, ratio: compare(measured) }));
}

/** The second size's figures ÷ the first's. */
function compare([small, large]: readonly SizeFigures[]): Record<string, number> {
  if (small === undefined || large === undefined) return {};
  return {
    cpuMicrosPerSpan: round(large.cpuMicrosPerSpan / small.cpuMicrosPerSpan),
    ackP50Ms: round(large.ackP50Ms / small.ackP50Ms),
    ackP99Ms: round(large.ackP99Ms / small.ackP99Ms),
    ...Object.fromEntries(
      questions.map((question) => [
        `${question}P50Ms`,
        round(large.questions[question].p50Ms / small.questions[question].p50Ms),
      ]),
    ),
  };
}

async function withServer<Result>(
  launcher: string,
  directory: string,
  work: (server: RunningServer) => Promise<Result>,
): Promise<Result> {
  const server = await startSpanlight(launcher, directory, { SPANLIGHT_LOG_LEVEL: "warn" });
  try {
    return await work(server);
  } finally {
    await server.close();
  }
}

async function measureSize(
  server: RunningServer,
  { spans, sent, seed }: { spans: number; sent: number; seed: number },
): Promise<SizeFigures> {
  await rest(server.url);
  await delay(idleMs);
  const idleMemoryMiB = readMemoryMiB(server);
  // A tenth first: a process that has just started compiles what it runs.
  await send(server, { spans: Math.ceil(sent / 10), seed: seed + 50 });
  const answered = await measureQuestions(server.url);
  const cpuBefore = server.readCpuMicros();
  const load = await send(server, { spans: sent, seed });
  const cpuMicros = server.readCpuMicros() - cpuBefore;
  return {
    storedSpans: spans,
    cpuMicrosPerSpan: round(cpuMicros / load.spans),
    ackP50Ms: round(load.ackP50Ms),
    ackP99Ms: round(load.ackP99Ms),
    questions: answered,
    bytesOnDisk: await readGauge(server.url, "spanlight_store_bytes"),
    idleMemoryMiB,
    memoryMiB: readMemoryMiB(server),
  };
}

function readMemoryMiB(server: RunningServer): number {
  return Math.round(server.readMemoryBytes() / 2 ** 20);
}

/** Sends spans in requests of 512 over four connections and waits until all are stored and at rest. */
async function send(server: RunningServer, plan: { spans: number; seed: number }): Promise<LoadResult> {
  const options: LoadOptions = {
    url: `${server.url}/v1/traces`,
    spansPerRequest: 512,
    connections: 4,
    ...plan,
  };
  const result = (await runToEnd([...self, "load", JSON.stringify(options)])) as LoadResult; // printed by this program
  await rest(server.url);
  return result;
}

/** Waits until nothing waits for the store and it is at rest. */
async function rest(url: string): Promise<void> {
  await waitForRest(url, ({ traces }) => traces.inSpool === 0);
}
