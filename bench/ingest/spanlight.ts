// A Spanlight server as the benchmarks start it and wait for it.
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startServer, type RunningServer } from "./processes.ts";

/** The server of this checkout. */
export const ownLauncher: string = fileURLToPath(
  new URL("../../packages/server/bin/spanlight.cjs", import.meta.url),
);

/** Starts a server on free ports with its data in `directory`. */
export function startSpanlight(
  launcher: string,
  directory: string,
  env: NodeJS.ProcessEnv = {},
): Promise<RunningServer> {
  return startServer([launcher, "serve", "--ready-json"], {
    SPANLIGHT_DATA: directory,
    SPANLIGHT_PORT: "0",
    SPANLIGHT_GRPC_PORT: "0",
    SPANLIGHT_HOST: "127.0.0.1",
    ...env,
  });
}

/** What `GET /api/ingest` says of each signal, as far as it is looked at here. */
export type Accounting = Readonly<
  Record<
    "traces" | "metrics" | "logs",
    {
      readonly stored: number;
      readonly inSpool: number;
      readonly rejected: object;
      readonly duplicates: number;
    }
  >
>;

const quietMs = 10_000;
const mostWaitMs = 15 * 60_000;

/** Waits until `isStored` and no merge has run for ten seconds; answers the moment (`performance.now()`) at which the last work ended. */
export async function waitForRest(
  url: string,
  isStored: (accounting: Accounting) => boolean,
): Promise<number> {
  const startedAt = performance.now();
  let lastBusyAt = startedAt;
  for (;;) {
    const accounting = await readAccounting(url);
    const merges = await readGauge(url, "spanlight_store_merges_running");
    const now = performance.now();
    if (!isStored(accounting) || merges > 0) lastBusyAt = now;
    if (now - lastBusyAt >= quietMs) return lastBusyAt;
    if (now - startedAt > mostWaitMs)
      throw new Error(
        `After ${mostWaitMs / 60_000} minutes the store is not at rest: ${JSON.stringify(accounting)}`,
      );
    await delay(500);
  }
}

export async function readAccounting(url: string): Promise<Accounting> {
  return (await (await fetch(`${url}/api/ingest`)).json()) as Accounting; // the contract's `ingestSchema`
}

/** A gauge of the server's own metrics. */
export async function readGauge(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, "m").exec(text)?.[1];
  if (value === undefined) throw new Error(`${url}/metrics has no ${name}`);
  return Number(value);
}

/** A line for whoever watches; the result goes to standard output. */
export function report(line: string): void {
  process.stderr.write(`${line}\n`);
}
