import { setTimeout as delay } from "node:timers/promises";
import { createRandom } from "../kills/random.ts";
import { inputTokens, outputTokens, spansPerRequest } from "../kills/requests.ts";
import { isAllStored } from "./accounting.ts";
import type { Fault } from "./finding.ts";
import { createBody, post } from "./send.ts";
import { eventually, startServer, type Server } from "./server.ts";
import { withStore } from "./stored.ts";

const requests = 400;
const spans = requests * spansPerRequest;

/** Of a recalculation; a price has none of it but the id. */
interface Job {
  readonly id: string;
  readonly state: string;
  readonly spansChanged: number;
}

/** SIGKILL while stored costs are recalculated: the next start ends it, every span has the new cost, the log says what changed. */
export const reprice: Fault = async ({ launcher, directory, seed, share, report }) => {
  const random = createRandom(seed);
  const wrongs: string[] = [];
  const place = { launcher, directory };
  let server = await startServer(place);
  for (let number = 0; number < requests; number += 1)
    await post(server, "traces", createBody("traces", number, seed));
  if (!(await eventually(() => isAllStored(server.url), 60_000))) wrongs.push("not all is stored");
  const kills = Math.max(2, Math.round(10 * share));
  for (let kill = 1; kill <= kills; kill += 1) {
    const id = await order(server, toPrice(kill));
    await delay(random() * 800);
    await server.kill();
    server = await startServer(place);
    wrongs.push(...(await checkJob(server, id)));
    report(`kill ${kill}: recalculated to $${toPrice(kill)} a million`);
  }
  await server.stop();
  wrongs.push(...(await checkCosts(directory, (inputTokens * toPrice(kills)) / 1e6)));
  return { wrongs, figures: { kills, spans } };
};

/** Every round has a price of its own, in US dollars per million tokens. */
function toPrice(round: number): number {
  return round * 10;
}

/** Sets a price and has everything recalculated; answers the job's id. */
async function order(server: Server, usdPerMillion: number): Promise<string> {
  await send(server, "PUT", "/api/prices/custom/trial", {
    model: "gpt-4o",
    usdPerMillion: { input: usdPerMillion, output: 0 },
  });
  const range = { from: "2020-01-01T00:00:00Z", to: new Date(Date.now() + 3_600_000).toISOString() };
  return (await send(server, "POST", "/api/reprice", range)).id;
}

async function checkJob(server: Server, id: string): Promise<string[]> {
  let job = await send(server, "GET", `/api/reprice/${id}`);
  const isFinished = async (): Promise<boolean> => {
    job = await send(server, "GET", `/api/reprice/${id}`);
    return job.state === "finished";
  };
  if (!(await eventually(isFinished, 60_000))) return [`a recalculation is ${job.state} after 60 s`];
  return job.spansChanged === spans
    ? []
    : [`a recalculation says it changed ${job.spansChanged} of ${spans} spans`];
}

async function checkCosts(directory: string, costUsd: number): Promise<string[]> {
  const [row] = await withStore(directory, (engine) =>
    engine.query<{ right: number; all: number; outputs: number }>({
      sql: `SELECT toUInt32(countIf(abs(cost_usd - ${costUsd}) < 1e-12)) AS right, toUInt32(count()) AS all,
  toUInt32(sum(output_tokens)) AS outputs FROM spans`,
    }),
  );
  const wanted = { right: spans, all: spans, outputs: spans * outputTokens };
  const [found, sought] = [JSON.stringify(row), JSON.stringify(wanted)];
  return found === sought ? [] : [`the spans are ${found}, not ${sought}`];
}

async function send(server: Server, method: string, path: string, body?: object): Promise<Job> {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Job; // the contract's `repriceJobSchema`, where it is one
}
