import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { checkIdentity, isAllStored } from "./accounting.ts";
import { toMebibytes, type Fault, type FaultOptions, type Finding } from "./finding.ts";
import { createBody, post } from "./send.ts";
import { eventually, startServer, type Server } from "./server.ts";
import { checkProbes, withStore } from "./stored.ts";

const smallMebibytes = 96;
const largeMebibytes = 768;
/** This many refusals in a row: the disk is full and stays so. */
const refusalsWanted = 40;
/** The server is started on the full disk and finds room this much later. */
const roomAfterMs = 5000;

/** The data directory on a real file system of 96 MiB, filled to the brim, then made larger while the server runs. */
export const diskFull: Fault = async (options) => {
  const mount = join(options.directory, "small");
  mkdirSync(mount);
  if (!command("mount", ["-t", "tmpfs", "-o", `size=${smallMebibytes}m`, "tmpfs", mount])) {
    return { wrongs: [], figures: {}, skipped: "mounting a small file system takes root" };
  }
  try {
    return await fill(options, mount);
  } finally {
    command("umount", ["-l", mount]);
  }
};

async function fill({ launcher, seed, report }: FaultOptions, mount: string): Promise<Finding> {
  const wrongs: string[] = [];
  const acknowledged = new Set<number>();
  const place = { launcher, directory: join(mount, "data") };
  let server = await startServer(place, { SPANLIGHT_LOG_LEVEL: "error" });
  const refused = await sendUntilFull(server, { seed, acknowledged, wrongs });
  report(`full after ${acknowledged.size} requests, ${refused} refused`);
  if (refused < refusalsWanted) wrongs.push("the disk never got full");
  wrongs.push(...(await checkIdentity(server.url)));
  if ((await fetch(`${server.url}/healthz`)).status !== 200)
    wrongs.push("the server does not answer any more");
  const memoryMiB = toMebibytes(server.mostMemoryBytes());
  report("killed on the full disk");
  // Killed in the middle of it, and started while there is still no room.
  await server.kill();
  const room = setTimeout(() => grow(mount), roomAfterMs);
  server = await startServer(place, { SPANLIGHT_LOG_LEVEL: "error" }).catch(async () => {
    grow(mount);
    return startServer(place, { SPANLIGHT_LOG_LEVEL: "error" });
  });
  clearTimeout(room);
  wrongs.push(...(await checkIdentity(server.url)));
  report("started again");
  grow(mount);
  const goesOn = async (): Promise<boolean> => {
    const own = 1_000_000 + acknowledged.size;
    const isStored = (await post(server, "traces", createBody("traces", own, seed))).outcome === "stored";
    if (isStored) acknowledged.add(own);
    return isStored;
  };
  if (!(await eventually(goesOn, 60_000))) wrongs.push("60 s after there was room again nothing is taken");
  report("taken again");
  if (!(await eventually(() => isAllStored(server.url), 120_000)))
    wrongs.push("120 s after there was room again not all is stored");
  wrongs.push(...(await checkIdentity(server.url)));
  await server.stop();
  wrongs.push(...(await withStore(place.directory, (engine) => checkProbes(engine, acknowledged))));
  return {
    wrongs,
    figures: {
      diskMiB: smallMebibytes,
      acknowledgedRequests: acknowledged.size,
      refusedRequests: refused,
      memoryMiB,
    },
  };
}

async function sendUntilFull(
  server: Server,
  { seed, acknowledged, wrongs }: { seed: number; acknowledged: Set<number>; wrongs: string[] },
): Promise<number> {
  let refused = 0;
  for (let number = 0; refused < refusalsWanted && number < 20_000; number += 1) {
    const answer = await post(server, "traces", createBody("traces", number, seed));
    if (answer.outcome === "stored") {
      acknowledged.add(number);
      continue;
    }
    refused += 1;
    if (answer.outcome === "later" && answer.retryAfter !== undefined) continue;
    wrongs.push(
      `request ${number} was answered ${answer.status} on a full disk, Retry-After ${answer.retryAfter ?? "absent"}`,
    );
    if (answer.outcome === "gone") break;
  }
  return refused;
}

function grow(mount: string): void {
  command("mount", ["-o", `remount,size=${largeMebibytes}m`, mount]);
}

function command(name: string, args: readonly string[]): boolean {
  return spawnSync(name, args, { stdio: "ignore" }).status === 0;
}
