import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../kills/random.ts";
import { spansPerRequest } from "../kills/requests.ts";
import { checkIdentity, isAllStored, readAccounting, type SignalAccounting } from "./accounting.ts";
import type { Fault } from "./finding.ts";
import { createBody, post } from "./send.ts";
import { eventually, startServer, type Place } from "./server.ts";
import { countRows, withStore } from "./stored.ts";

const requests = 120;

/** Bits of the spool change on disk and ends of files are cut off while the server is down: what is touched is put aside and counted, all else is stored. */
export const corruption: Fault = async ({ launcher, directory, seed, share }) => {
  const place = { launcher, directory };
  const wrongs = await fillSpool(place, seed);
  const flips = Math.max(3, Math.round(20 * share));
  const random = createRandom(seed);
  const cuts = Math.max(1, Math.round(4 * share));
  for (let flip = 0; flip < flips; flip += 1) flipBit(pickFile(directory, random), random);
  for (let cut = 0; cut < cuts; cut += 1) cutOff(pickFile(directory, random), random);
  const traces = await recover(place, wrongs);
  const lost = traces.rejected["lost_in_spool"] ?? 0;
  const quarantined = readdirSync(join(directory, "spool", "quarantine")).length;
  if (quarantined === 0) wrongs.push("nothing was put aside");
  const rows = await compareStore(directory, traces, wrongs);
  const sent = requests * spansPerRequest;
  // A damaged line of the sidecar takes its counts with it: those are not in `received` either.
  if (traces.received > sent || rows + lost !== traces.received)
    wrongs.push(`${rows} stored and ${lost} lost of ${traces.received} received, ${sent} sent`);
  return {
    wrongs,
    figures: { flips, cuts, sent, stored: rows, lost, unknown: sent - traces.received, quarantined },
  };
};

/** Everything is acknowledged and waits in the spool when the server is killed: its segments stay open for an hour. */
async function fillSpool(place: Place, seed: number): Promise<string[]> {
  const wrongs: string[] = [];
  const server = await startServer(place, {
    SPANLIGHT_SEGMENT_AGE_MS: "3600000",
    SPANLIGHT_LOG_LEVEL: "error",
  });
  for (let number = 0; number < requests; number += 1) {
    const { outcome } = await post(server, "traces", createBody("traces", number, seed));
    if (outcome !== "stored") wrongs.push(`request ${number} was not acknowledged: ${outcome}`);
  }
  await server.kill();
  return wrongs;
}

/** Starts on the damaged spool, sees that it is told everywhere, and once more to see that it stays so. */
async function recover(place: Place, wrongs: string[]): Promise<SignalAccounting> {
  const server = await startServer(place, { SPANLIGHT_LOG_LEVEL: "error" });
  if (!(await eventually(() => isAllStored(server.url), 60_000))) wrongs.push("after 60 s not all is stored");
  wrongs.push(...(await checkIdentity(server.url)));
  const { traces } = await readAccounting(server.url);
  const health = await (await fetch(`${server.url}/.well-known/health`)).text();
  if (!health.includes("damaged")) wrongs.push(`the health says nothing of it: ${health}`);
  if (!server.errors().some((line) => line.includes("spool damaged")))
    wrongs.push("the log says nothing of it");
  await server.stop();
  const again = await startServer(place, { SPANLIGHT_LOG_LEVEL: "error" });
  const later = (await readAccounting(again.url)).traces;
  if (JSON.stringify(later) !== JSON.stringify(traces))
    wrongs.push(
      `the accounting was ${JSON.stringify(traces)} and is ${JSON.stringify(later)} after the next start`,
    );
  await again.stop();
  return traces;
}

/** Every request is stored as a whole or not at all. Answers the rows. */
async function compareStore(directory: string, traces: SignalAccounting, wrongs: string[]): Promise<number> {
  return withStore(directory, async (engine) => {
    const rows = await countRows(engine, "spans");
    const torn = await engine.query({
      sql: `SELECT substring(span_id, 1, 4) AS number, count() AS rows FROM spans GROUP BY number HAVING rows != ${spansPerRequest}`,
    });
    if (rows !== traces.stored)
      wrongs.push(`${rows} spans are in the store, the accounting says ${traces.stored}`);
    if (torn.length > 0) wrongs.push(`${torn.length} requests are stored in part or twice`);
    return rows;
  });
}

function pickFile(directory: string, random: () => number): string {
  const spool = join(directory, "spool");
  const names = readdirSync(spool)
    .filter((name) => /\.(native|frames)$/.test(name))
    .toSorted();
  return join(spool, names[Math.floor(random() * names.length)] ?? "");
}

function flipBit(path: string, random: () => number): void {
  const bytes = readFileSync(path);
  const at = Math.floor(random() * bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  writeFileSync(path, bytes);
}

/** The last tenth of a file, or less of it, is gone. */
function cutOff(path: string, random: () => number): void {
  truncateSync(path, Math.floor(statSync(path).size * (0.9 + random() / 10)));
}
