import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { spansPerRequest } from "../kills/requests.ts";
import { checkIdentity, isAllStored } from "./accounting.ts";
import { toMebibytes, type Fault } from "./finding.ts";
import { createBody, post, quantile } from "./send.ts";
import { eventually, startServer, type Server } from "./server.ts";
import { checkProbes, withStore } from "./stored.ts";

const steadyPerSecond = 8;
const times = 10;

interface Load {
  readonly acknowledged: Set<number>;
  readonly tookMs: number[];
  later: number;
}

/** A steady load, then ten times as much for as long, then steady again: taken, or told to try again, and nothing in between. */
export const burst: Fault = async ({ launcher, directory, seed, share }) => {
  const wrongs: string[] = [];
  const seconds = Math.max(3, Math.round(20 * share));
  const server = await startServer({ launcher, directory }, { SPANLIGHT_LOG_LEVEL: "error" });
  const steady = await send(server, { perSecond: steadyPerSecond, seconds, first: 0, seed });
  const peak = await send(server, { perSecond: steadyPerSecond * times, seconds, first: 100_000, seed });
  const after = await send(server, { perSecond: steadyPerSecond, seconds, first: 200_000, seed });
  if (!(await eventually(() => isAllStored(server.url), 60_000))) wrongs.push("60 s later not all is stored");
  wrongs.push(...(await checkIdentity(server.url)));
  for (const line of server.errors()) wrongs.push(`the server's log says ${line.slice(0, 300)}`);
  const memoryMiB = toMebibytes(server.mostMemoryBytes());
  await server.stop();
  const acknowledged = new Set([steady, peak, after].flatMap((load) => [...load.acknowledged]));
  wrongs.push(...(await withStore(directory, (engine) => checkProbes(engine, acknowledged))));
  return {
    wrongs,
    figures: {
      steadySpansPerSecond: steadyPerSecond * spansPerRequest,
      burstSpansPerSecond: Math.round((peak.acknowledged.size * spansPerRequest) / seconds),
      steadyAckP99Ms: quantile(steady.tookMs, 0.99),
      burstAckP99Ms: quantile(peak.tookMs, 0.99),
      afterAckP99Ms: quantile(after.tookMs, 0.99),
      toldToTryAgain: steady.later + peak.later + after.later,
      memoryMiB,
    },
  };
};

/** Sends at a rate whatever the answers: a sender that waits would hide a stall. */
async function send(
  server: Server,
  plan: { perSecond: number; seconds: number; first: number; seed: number },
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const load: Load = { acknowledged: new Set(), tookMs: [], later: 0 };
  const startedAt = performance.now();
  const sent: Promise<void>[] = [];
  for (let index = 0; index < plan.perSecond * plan.seconds; index += 1) {
    const number = plan.first + index;
    const body = createBody("traces", number, plan.seed);
    await delay(startedAt + (index * 1000) / plan.perSecond - performance.now());
    sent.push(
      post({ url: server.url, agent }, "traces", body).then((answer) => {
        load.tookMs.push(answer.tookMs);
        if (answer.outcome === "stored") load.acknowledged.add(number);
        else load.later += 1;
      }),
    );
  }
  await Promise.all(sent);
  agent.destroy();
  return load;
}
