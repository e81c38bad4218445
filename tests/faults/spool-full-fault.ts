import { checkIdentity, isAllStored } from "./accounting.ts";
import type { Fault } from "./finding.ts";
import { createBody, post } from "./send.ts";
import { eventually, startServer, type Server } from "./server.ts";
import { checkProbes, withStore } from "./stored.ts";

/** The spool holds as much as it may: senders are told to try again, `/readyz` says so, and it passes by itself. */
export const spoolFull: Fault = async ({ launcher, directory, seed }) => {
  const wrongs: string[] = [];
  const acknowledged = new Set<number>();
  const server = await startServer(
    { launcher, directory },
    { SPANLIGHT_MAX_SPOOL_BYTES: "1000000", SPANLIGHT_SEGMENT_AGE_MS: "3000", SPANLIGHT_LOG_LEVEL: "error" },
  );
  const refused = await sendUntilFull(server, { seed, acknowledged, wrongs });
  const ready = await fetch(`${server.url}/readyz`);
  const reason = await ready.text();
  if (ready.status !== 503 || !reason.includes("spool is full"))
    wrongs.push(`/readyz says ${ready.status}: ${reason}`);
  const alive = await fetch(`${server.url}/healthz`);
  if (alive.status !== 200) wrongs.push(`/healthz says ${alive.status}`);
  wrongs.push(...(await checkIdentity(server.url)));
  const isReady = async (): Promise<boolean> => (await fetch(`${server.url}/readyz`)).status === 200;
  if (!(await eventually(isReady, 30_000))) wrongs.push("30 s later it is still not ready");
  const later = await post(server, "traces", createBody("traces", 1000, seed));
  if (later.outcome === "stored") acknowledged.add(1000);
  else wrongs.push(`once ready it answered ${later.status}`);
  if (!(await eventually(() => isAllStored(server.url), 30_000))) wrongs.push("30 s later not all is stored");
  await server.stop();
  wrongs.push(...(await withStore(directory, (engine) => checkProbes(engine, acknowledged))));
  return { wrongs, figures: { acknowledgedRequests: acknowledged.size, refusedRequests: refused } };
};

async function sendUntilFull(
  server: Server,
  { seed, acknowledged, wrongs }: { seed: number; acknowledged: Set<number>; wrongs: string[] },
): Promise<number> {
  let refused = 0;
  for (let number = 0; refused < 5 && number < 200; number += 1) {
    const answer = await post(server, "traces", createBody("traces", number, seed));
    if (answer.outcome === "stored") {
      acknowledged.add(number);
      continue;
    }
    refused += 1;
    if (answer.status !== 503 || answer.retryAfter === undefined)
      wrongs.push(`answered ${answer.status}, Retry-After ${answer.retryAfter ?? "absent"}`);
  }
  if (refused === 0) wrongs.push("the spool never got full");
  return refused;
}
