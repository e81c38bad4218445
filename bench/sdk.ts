// SDK: the CPU that watching a client adds to a call and to a stream of 200 chunks.
//   npm run bench sdk [-- --rounds 7] [--calls 10000] [--streams 500]
import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runVariant, type VariantRun } from "./sdk/run-variant.ts";
import type { VariantName } from "./sdk/variants.ts";

const names: readonly VariantName[] = ["bare", "spanlight"];
const kinds = ["call", "stream"] as const;
type Kind = (typeof kinds)[number];

if (process.argv[2] === "child") {
  // Written by `measure` in the process that started this one.
  const run = JSON.parse(process.argv[3] ?? "{}") as VariantRun;
  process.stdout.write(`${await runVariant(run)}\n`, () => process.exit(0));
} else {
  await main();
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: "string" }, calls: { type: "string" }, streams: { type: "string" } },
  });
  const rounds = Number(values.rounds ?? 7);
  const counts = { call: Number(values.calls ?? 10_000), stream: Number(values.streams ?? 500) };
  const server = await startReceiver();
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const samples = new Map<string, number[]>();
  for (let round = 1; round <= rounds; round++) {
    // Interleaved and shuffled, so that a neighbour's noise falls on all of them.
    for (const { variant, kind } of shuffle(
      kinds.flatMap((kind) => names.map((variant) => ({ variant, kind }))),
    )) {
      const micros = await measure({ variant, kind, endpoint, count: counts[kind] });
      const key = `${variant}.${kind}`;
      samples.set(key, [...(samples.get(key) ?? []), micros]);
    }
    process.stderr.write(`round ${round} of ${rounds}\n`);
  }
  server.close();
  const bare = { call: summarise(samples, "bare.call"), stream: summarise(samples, "bare.stream") };
  const spanlight = {
    call: summarise(samples, "spanlight.call"),
    stream: summarise(samples, "spanlight.stream"),
  };
  const ratioOf = (kind: Kind): number => round2(spanlight[kind].median / bare[kind].median);
  process.stdout.write(
    `${JSON.stringify({
      name: "sdk",
      rounds,
      node: process.versions.node,
      addedCpuMicrosPerCall: round2(spanlight.call.median - bare.call.median),
      addedCpuMicrosPerStream: round2(spanlight.stream.median - bare.stream.median),
      cpuMicros: { bare, spanlight },
      ratio: { uninstrumentedCall: ratioOf("call"), uninstrumentedStream: ratioOf("stream") },
    })}\n`,
  );
}

/** Takes any OTLP request and keeps nothing. */
function startReceiver(): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.end());
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

function measure(run: VariantRun): Promise<number> {
  const script = fileURLToPath(import.meta.url);
  // The built package, as users run it: without the condition that resolves to its sources.
  const loaders = process.execArgv.filter((argument) => !argument.startsWith("--conditions"));
  const child = spawn(process.execPath, [...loaders, script, "child", JSON.stringify(run)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (data: Buffer) => {
    output += data.toString();
  });
  return new Promise((resolve, reject) => {
    child.on("close", (code) => {
      if (code === 0) resolve(Number(output));
      else reject(new Error(`the run of ${run.variant} ended with code ${code}`));
    });
  });
}

interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

function summarise(samples: ReadonlyMap<string, readonly number[]>, key: string): Summary {
  const sorted = (samples.get(key) ?? []).toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return { median: round2(middle), min: round2(sorted[0] ?? 0), max: round2(sorted.at(-1) ?? 0) };
}

function shuffle<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, order: Math.random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
