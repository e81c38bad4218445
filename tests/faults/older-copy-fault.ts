import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { spansPerRequest } from "../kills/requests.ts";
import { checkIdentity, isAllStored, readAccounting } from "./accounting.ts";
import type { Fault } from "./finding.ts";
import { createBody, post } from "./send.ts";
import { eventually, startServer, type Place, type Server } from "./server.ts";
import { checkProbes, countRows, withStore } from "./stored.ts";

interface Trial extends Place {
  readonly seed: number;
  readonly wrongs: string[];
  readonly acknowledged: Set<number>;
  /** By number, to be sent again byte for byte. */
  readonly bodies: Map<number, Buffer>;
}

const requestsPerLife = 10;

/** The spool's directory is of an older copy than the store, then the store of an older one than the spool. */
export const olderCopy: Fault = async ({ launcher, directory, seed }) => {
  const trial: Trial = { launcher, directory, seed, wrongs: [], acknowledged: new Set(), bodies: new Map() };
  const uncounted = await putBackSpool(trial);
  const lost = await putBackStore(trial);
  const { wrongs, acknowledged } = trial;
  const rows = await withStore(directory, async (engine) => {
    wrongs.push(...(await checkProbes(engine, acknowledged)));
    return countRows(engine, "spans");
  });
  return { wrongs, figures: { acknowledgedRequests: acknowledged.size, rows, uncounted, lost } };
};

/** What the older copy does not know of is in the store: nothing is stored twice, no block's number given again. Answers the spans without counts. */
async function putBackSpool(trial: Trial): Promise<number> {
  const spool = join(trial.directory, "spool");
  await live(trial, 0);
  cpSync(spool, `${spool}-older`, { recursive: true });
  await live(trial, 1);
  replace(`${spool}-older`, spool);
  const server = await live(trial, 2, async (started) => {
    await expectTold(trial, started, "the accounting lacks");
    for (let number = 0; number < requestsPerLife; number += 1) await send(trial, started, number);
  });
  return trial.acknowledged.size * spansPerRequest - server.stored;
}

/** What the older copy of the store lacks is told as lost, and taken when it is sent again. Answers the spans lost. */
async function putBackStore(trial: Trial): Promise<number> {
  const store = join(trial.directory, "store");
  cpSync(store, `${store}-older`, { recursive: true });
  await live(trial, 3);
  replace(`${store}-older`, store);
  const { lost } = await live(trial, 3, (started) =>
    expectTold(trial, started, "frames of the spool found damaged"),
  );
  if (lost !== requestsPerLife * spansPerRequest) trial.wrongs.push(`${lost} spans are counted as lost`);
  return lost;
}

function replace(copy: string, directory: string): void {
  rmSync(directory, { recursive: true });
  cpSync(copy, directory, { recursive: true });
}

/** A start, ten requests and a stop. Answers the accounting at its end. */
async function live(
  trial: Trial,
  life: number,
  first: (server: Server) => Promise<void> = () => Promise.resolve(),
): Promise<{ stored: number; lost: number }> {
  const { wrongs } = trial;
  const server = await startServer(trial, { SPANLIGHT_LOG_LEVEL: "error" });
  await first(server);
  for (let number = 0; number < requestsPerLife; number += 1)
    await send(trial, server, life * requestsPerLife + number);
  if (!(await eventually(() => isAllStored(server.url), 60_000))) wrongs.push("after 60 s not all is stored");
  wrongs.push(...(await checkIdentity(server.url)));
  const { traces } = await readAccounting(server.url);
  await server.stop();
  return { stored: traces.stored, lost: traces.rejected["lost_in_spool"] ?? 0 };
}

async function send(trial: Trial, server: Server, number: number): Promise<void> {
  const { outcome, status } = await post(server, "traces", bodyOf(trial, number));
  if (outcome === "stored") trial.acknowledged.add(number);
  else trial.wrongs.push(`request ${number} was answered ${status}`);
}

async function expectTold({ wrongs }: Trial, server: Server, words: string): Promise<void> {
  const health = await (await fetch(`${server.url}/.well-known/health`)).text();
  if (!health.includes(words)) wrongs.push(`the health does not say "${words}": ${health}`);
}

function bodyOf({ bodies, seed }: Trial, number: number): Buffer {
  const body = bodies.get(number) ?? createBody("traces", number, seed);
  bodies.set(number, body);
  return body;
}
