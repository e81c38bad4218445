import { setTimeout as delay } from "node:timers/promises";
import { createRandom } from "../kills/random.ts";
import { checkIdentity, isAllStored, readAccounting, signals, type Signal } from "./accounting.ts";
import type { Fault } from "./finding.ts";
import { createBody, itemsPerRequest, post } from "./send.ts";
import { eventually, startServer } from "./server.ts";
import { checkProbes, countRows, withStore } from "./stored.ts";

/** SIGKILL while all three signals arrive; the accounting is read at once after each start. */
export const kill: Fault = async ({ launcher, directory, seed, share, report }) => {
  const random = createRandom(seed);
  const kills = Math.max(3, Math.round(20 * share));
  const acknowledged: Record<Signal, Set<number>> = {
    traces: new Set(),
    metrics: new Set(),
    logs: new Set(),
  };
  const wrongs: string[] = [];
  let number = 0;
  for (let life = 1; life <= kills + 1; life += 1) {
    const server = await startServer({ launcher, directory }, { SPANLIGHT_SEGMENT_AGE_MS: "200" });
    wrongs.push(...(await checkIdentity(server.url)));
    wrongs.push(...(await checkTaken(server.url, acknowledged)));
    if (life > kills) {
      if (!(await eventually(() => isAllStored(server.url), 30_000)))
        wrongs.push("after 30 s not all is stored");
      await server.stop();
      break;
    }
    const lanes = signals.map(async (signal) => {
      while (server.isAlive()) {
        const own = number++;
        const { outcome, status } = await post(server, signal, createBody(signal, own, seed));
        if (outcome === "stored") acknowledged[signal].add(own);
        if (outcome === "refused") wrongs.push(`${signal}: a sound request was answered ${status}`);
        if (outcome === "gone") return;
      }
    });
    await delay(300 + random() * 900);
    await server.kill();
    await Promise.all(lanes);
    report(
      `kill ${life}: ${signals.map((signal) => acknowledged[signal].size).join(", ")} requests acknowledged`,
    );
  }
  wrongs.push(...(await compareStore(directory, acknowledged)));
  const items = signals.map(
    (signal) => [signal, acknowledged[signal].size * itemsPerRequest[signal]] as const,
  );
  return { wrongs, figures: { kills, ...Object.fromEntries(items) } };
};

async function checkTaken(url: string, acknowledged: Record<Signal, Set<number>>): Promise<string[]> {
  const accounting = await readAccounting(url);
  return signals.flatMap((signal) => {
    const { stored, inSpool } = accounting[signal];
    const wanted = acknowledged[signal].size * itemsPerRequest[signal];
    return stored + inSpool >= wanted
      ? []
      : [`${signal}: ${stored} stored and ${inSpool} in the spool of ${wanted} acknowledged`];
  });
}

/** A request without an answer may be stored or not, as a whole; one with an answer must be, once. */
async function compareStore(directory: string, acknowledged: Record<Signal, Set<number>>): Promise<string[]> {
  return withStore(directory, async (engine) => {
    const wrongs = await checkProbes(engine, acknowledged.traces);
    const logs = await engine.query<{ number: string; rows: string }>({
      sql: "SELECT extract(body, 'record (\\\\d+)/') AS number, count() AS rows FROM logs GROUP BY number",
    });
    const points = await engine.query<{ number: number; rows: string }>({
      sql: "SELECT value AS number, count() AS rows FROM metric_samples WHERE metric = 'fault_points' GROUP BY number",
    });
    for (const [signal, rows] of [
      ["logs", logs],
      ["metrics", points],
    ] as const) {
      const found = new Map(rows.map((row) => [Number(row.number), Number(row.rows)] as const));
      for (const own of acknowledged[signal])
        if (found.get(own) !== itemsPerRequest[signal])
          wrongs.push(
            `${signal}: request ${own} is stored with ${found.get(own) ?? 0} of ${itemsPerRequest[signal]} items`,
          );
      for (const [own, count] of found)
        if (count !== itemsPerRequest[signal])
          wrongs.push(`${signal}: request ${own} is stored with ${count} items`);
    }
    if ((await countRows(engine, "spans")) === 0) wrongs.push("no span is stored at all");
    return wrongs.slice(0, 20);
  });
}
