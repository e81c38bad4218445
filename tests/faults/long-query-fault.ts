import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { checkIdentity, isAllStored } from "./accounting.ts";
import type { Fault } from "./finding.ts";
import { createBody, post, quantile } from "./send.ts";
import { eventually } from "./server.ts";
import { checkProbes, withStore } from "./stored.ts";

const host = fileURLToPath(new URL("long-query-host.ts", import.meta.url));

/** A query that keeps the engine busy for a minute: requests go on to be acknowledged and stored beside it. */
export const longQuery: Fault = async ({ directory, seed, share }) => {
  const wrongs: string[] = [];
  const seconds = Math.max(5, Math.round(60 * share));
  const child = spawn(process.execPath, [...process.execArgv, host, directory, String(seconds)], {
    env: { ...process.env, UV_THREADPOOL_SIZE: "16" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const closed = once(child, "close");
  const { value: url = "" } = await lines.next();
  const acknowledged = new Set<number>();
  const tookMs: number[] = [];
  let stored = 0;
  const over = lines.next();
  let isOver = false;
  void over.then(() => {
    isOver = true;
  });
  for (let number = 0; !isOver; number += 1) {
    const answer = await post({ url }, "traces", createBody("traces", number, seed));
    tookMs.push(answer.tookMs);
    if (answer.outcome === "stored") acknowledged.add(number);
    else wrongs.push(`request ${number} was answered ${answer.status}`);
    if (number % 20 === 19) wrongs.push(...(await checkIdentity(url)));
    await delay(100);
    if (!isOver) stored = await countStored(url);
  }
  const { value: tookSeconds = "0" } = await over;
  if (Number(tookSeconds) < seconds * 0.8) wrongs.push(`the query ended after ${tookSeconds} s`);
  if (stored === 0) wrongs.push("nothing was stored while the query ran");
  if (!(await eventually(() => isAllStored(url), 30_000))) wrongs.push("30 s later not all is stored");
  child.stdin.end();
  await closed;
  wrongs.push(...(await withStore(directory, (engine) => checkProbes(engine, acknowledged))));
  return {
    wrongs,
    figures: {
      querySeconds: Number(tookSeconds),
      acknowledgedRequests: acknowledged.size,
      ackP50Ms: quantile(tookMs, 0.5),
      ackP99Ms: quantile(tookMs, 0.99),
      spansStoredBeside: stored,
    },
  };
};

async function countStored(url: string): Promise<number> {
  const { traces } = (await (await fetch(`${url}/api/ingest`)).json()) as { traces: { stored: number } };
  return traces.stored;
}
