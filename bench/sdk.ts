// SDK: the CPU that watching a client adds to a call and to a stream of 200 chunks, ours and that of four others.
//   npm run bench sdk [-- --rounds 11] [--calls 5000] [--streams 300]
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureImportMs } from "./sdk/import-time.ts";
import { measureInstallBytes } from "./sdk/install-size.ts";
import { packages } from "./sdk/packages.ts";
import { startReceiver, type Receiver } from "./sdk/receiver.ts";
import { runVariant, type VariantRun } from "./sdk/run-variant.ts";
import { estimate, median, round2, type Estimate } from "./sdk/statistics.ts";
import { peers, variantNames, type VariantName } from "./sdk/variants.ts";

const kinds = ["call", "stream"] as const;
type Kind = (typeof kinds)[number];
type Key = `${VariantName}.${Kind}`;
type Watching = keyof typeof packages;

const here = dirname(fileURLToPath(import.meta.url));
const watching: readonly Watching[] = ["spanlight", ...peers];

if (process.argv[2] === "child") {
  // tsx turns source maps on, which an application does not; reading them costs as much as some of what is measured.
  process.setSourceMapsEnabled(false);
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
  const rounds = Number(values.rounds ?? 11);
  const counts = { call: Number(values.calls ?? 5000), stream: Number(values.streams ?? 300) };
  const receiver = await startReceiver();
  const samples = new Map<Key, number[]>();
  const importTimes = new Map<Watching, number[]>();
  const kilobytes = new Map<Key, number>();
  for (let round = 1; round <= rounds; round++) {
    // Interleaved and shuffled, so that a neighbour's noise falls on all of them.
    const cells = kinds.flatMap((kind) => variantNames.map((variant) => ({ variant, kind })));
    for (const { variant, kind } of shuffle(cells)) {
      const micros = await measure(receiver, { variant, kind, count: counts[kind] });
      const { bytes } = checkReceived(receiver, { variant, kind, count: counts[kind] });
      kilobytes.set(`${variant}.${kind}`, round2(bytes / counts[kind] / 2 / 1000));
      push(samples, `${variant}.${kind}`, micros);
    }
    for (const name of shuffle(watching)) push(importTimes, name, measureImportMs(packages[name], here));
    process.stderr.write(`round ${round} of ${rounds}\n`);
  }
  receiver.close();
  const size = Object.fromEntries(watching.map((name) => [name, measureInstallBytes(packages[name], here)]));
  const importMs = Object.fromEntries(
    watching.map((name) => [name, round2(median(importTimes.get(name) ?? []))]),
  );
  report(samples, rounds, { size, importMs, sentKilobytes: Object.fromEntries(kilobytes) });
}

function report(samples: ReadonlyMap<Key, readonly number[]>, rounds: number, beside: object): void {
  const valuesAt = (key: Key, drawn: readonly number[]): number[] =>
    drawn.map((round) => samples.get(key)?.[round] ?? Number.NaN);
  const addedBy = (variant: VariantName, kind: Kind, drawn: readonly number[]): number =>
    median(valuesAt(`${variant}.${kind}`, drawn)) - median(valuesAt(`bare.${kind}`, drawn));
  const bare: Record<string, Estimate> = {};
  const addedCpuMicros: Record<string, Estimate> = {};
  const ratio: Record<string, number> = {};
  const ratioInterval: Record<string, Estimate["interval"]> = {};
  for (const kind of kinds) {
    bare[kind] = estimate(rounds, (drawn) => median(valuesAt(`bare.${kind}`, drawn)));
    for (const name of watching)
      addedCpuMicros[`${name}.${kind}`] = estimate(rounds, (drawn) => addedBy(name, kind, drawn));
    for (const peer of peers) {
      const compared = estimate(
        rounds,
        (drawn) => addedBy("spanlight", kind, drawn) / addedBy(peer, kind, drawn),
      );
      ratio[`${peer}.${kind}`] = compared.median;
      ratioInterval[`${peer}.${kind}`] = compared.interval;
    }
  }
  const result = { name: "sdk", rounds, node: process.versions.node, bareCpuMicros: bare, addedCpuMicros };
  process.stdout.write(`${JSON.stringify({ ...result, ...beside, ratioInterval, ratio })}\n`);
}

/** Nobody may be cheap by leaving spans out. */
function checkReceived(
  receiver: Receiver,
  { variant, kind, count }: Omit<VariantRun, "endpoint">,
): { bytes: number } {
  const received = receiver.take();
  const expected = variant === "bare" ? 0 : count * 2;
  if (received.spans !== expected)
    process.stderr.write(`${variant}.${kind}: ${received.spans} of ${expected} spans arrived\n`);
  return received;
}

function measure(receiver: Receiver, run: Omit<VariantRun, "endpoint">): Promise<number> {
  const script = fileURLToPath(import.meta.url);
  // The built package, as users run it: without the condition that resolves to its sources.
  const loaders = process.execArgv.filter((argument) => !argument.startsWith("--conditions"));
  const sent = JSON.stringify({ ...run, endpoint: receiver.endpoint } satisfies VariantRun);
  const child = spawn(process.execPath, [...loaders, script, "child", sent], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (data: Buffer) => {
    output += data.toString();
  });
  return new Promise((resolve, reject) => {
    child.on("close", (code) => {
      const micros = Number.parseFloat(output.trim().split("\n").at(-1) ?? "");
      if (code === 0 && Number.isFinite(micros)) resolve(micros);
      else reject(new Error(`the run of ${run.variant} ended with code ${code}: ${output}`));
    });
  });
}

function push<K>(map: Map<K, number[]>, key: K, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function shuffle<T>(list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, order: Math.random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
