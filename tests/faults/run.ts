// Does to a server what happens to servers, and says what became of it.
//   npm run test:faults [-- --only garbage,disk-full --share 0.05 --seed 1 --data DIR --launcher FILE]
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ownLauncher } from "../kills/victim.ts";
import { burst } from "./burst-fault.ts";
import { clock } from "./clock-fault.ts";
import { corruption } from "./corruption-fault.ts";
import { diskFull } from "./disk-full-fault.ts";
import type { Fault, Finding } from "./finding.ts";
import { garbage } from "./garbage-fault.ts";
import { kill } from "./kill-fault.ts";
import { longQuery } from "./long-query-fault.ts";
import { olderCopy } from "./older-copy-fault.ts";
import { reprice } from "./reprice-fault.ts";
import { spoolFull } from "./spool-full-fault.ts";

const faults: Readonly<Record<string, Fault>> = {
  kill,
  "disk-full": diskFull,
  "spool-full": spoolFull,
  corruption,
  "long-query": longQuery,
  burst,
  clock,
  reprice,
  "older-copy": olderCopy,
  garbage,
};

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    fault: { type: "string" },
    share: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    data: { type: "string", default: tmpdir() },
    launcher: { type: "string", default: ownLauncher },
  },
});

if (values.fault === undefined) await runAll();
else await runOne(values.fault);

/** One fault in this process: the engine that looks into the store opens one directory a process. */
async function runOne(name: string): Promise<void> {
  const fault = faults[name];
  if (fault === undefined) throw new Error(`There is no fault "${name}": ${Object.keys(faults).join(", ")}`);
  const directory = await mkdtemp(join(values.data, `spanlight-fault-${name}-`));
  const startedAt = performance.now();
  try {
    const finding = await fault({
      launcher: values.launcher,
      directory,
      seed: Number(values.seed),
      share: Number(values.share),
      report,
    });
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    process.stdout.write(`${JSON.stringify({ fault: name, seconds, ...finding })}\n`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  process.exit(0); // the engine's threads would keep the process
}

async function runAll(): Promise<void> {
  report(`seed ${values.seed}, share ${values.share}`);
  const names = values.only?.split(",") ?? Object.keys(faults);
  const results: Record<string, Finding & { ok: boolean }> = {};
  for (const name of names) {
    const finding = await runInProcess(name);
    results[name] = { ok: finding.wrongs.length === 0, ...finding };
    report(describe(name, finding));
  }
  const ok = Object.values(results).every((result) => result.ok);
  process.stdout.write(
    `${JSON.stringify({ name: "faults", ok, seed: Number(values.seed), faults: results })}\n`,
  );
  process.exitCode = ok ? 0 : 1;
}

async function runInProcess(name: string): Promise<Finding> {
  const self = [...process.execArgv, fileURLToPath(import.meta.url)];
  const args = Object.entries({ ...values, fault: name }).flatMap(([option, value]) =>
    option === "only" || value === undefined ? [] : [`--${option}`, value],
  );
  const child = spawn(process.execPath, [...self, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let last = "";
  createInterface({ input: child.stdout }).on("line", (line) => {
    last = line;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  if (code !== 0 || last === "") return { wrongs: [`the trial ended with code ${code}`], figures: {} };
  return JSON.parse(last) as Finding; // printed by runOne
}

function describe(name: string, { wrongs, figures, skipped }: Finding): string {
  if (skipped !== undefined) return `${name}: skipped: ${skipped}`;
  const said = wrongs.map((wrong) => `\n  WRONG: ${wrong}`).join("");
  return `${name}: ${wrongs.length === 0 ? "stood" : "FAILED"} ${JSON.stringify(figures)}${said}`;
}

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}
