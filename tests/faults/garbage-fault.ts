import { request } from "node:http";
import { createRandom } from "../kills/random.ts";
import { createRequest } from "../kills/requests.ts";
import { checkIdentity, isAllStored, readAccounting } from "./accounting.ts";
import { toMebibytes, type Fault, type FaultOptions } from "./finding.ts";
import { createGarbage, type GarbageRequest } from "./garbage.ts";
import { checkProbes, countRows, withStore } from "./stored.ts";
import { eventually, startServer, type Server } from "./server.ts";

const mebibyte = 2 ** 20;
const maxBodyBytes = 64 * mebibyte;
const maxBytesInFlight = 256 * mebibyte;
/** docs/reliability.md: what the process may hold. */
const memoryLimitBytes = 1100 * mebibyte + 2 * maxBytesInFlight;
const lanes = 8;
const probeEvery = 25;
/** What a body may be answered. */
const allowed: ReadonlySet<number> = new Set([200, 204, 400, 413, 415, 503]);

interface Tally {
  bytes: number;
  bodies: number;
  readonly answers: Map<number, number>;
  readonly acknowledged: Set<number>;
  readonly wrongs: Set<string>;
}

/** Garbage on every door, with sound requests between: 1 GB of it at the full share. */
export const garbage: Fault = async (options) => {
  const server = await startServer(options, {
    SPANLIGHT_MAX_BODY_BYTES: String(maxBodyBytes),
    SPANLIGHT_MAX_BYTES_IN_FLIGHT: String(maxBytesInFlight),
    SPANLIGHT_LOG_LEVEL: "error",
  });
  const tally: Tally = {
    bytes: 0,
    bodies: 0,
    answers: new Map(),
    acknowledged: new Set(),
    wrongs: new Set(),
  };
  await sendAll(server, options, tally);
  const wrongs = [...tally.wrongs].slice(0, 20);
  if (server.isAlive()) wrongs.push(...(await settle(server)));
  else wrongs.push("the server is gone");
  for (const line of server.errors()) wrongs.push(`the server's log says ${line.slice(0, 300)}`);
  const memory = server.mostMemoryBytes();
  if (memory > memoryLimitBytes)
    wrongs.push(`the process held ${toMebibytes(memory)} MiB, more than ${toMebibytes(memoryLimitBytes)}`);
  const stored = server.isAlive() ? (await readAccounting(server.url)).traces.stored : 0;
  await server.stop();
  wrongs.push(...(await compareStore(options.directory, tally, stored)));
  return {
    wrongs,
    figures: {
      megabytes: Math.round(tally.bytes / 1e6),
      bodies: tally.bodies,
      probes: tally.acknowledged.size,
      spansStored: stored,
      mostMemoryMiB: toMebibytes(memory),
      ...Object.fromEntries([...tally.answers].map(([status, count]) => [`answered${status}`, count])),
    },
  };
};

async function sendAll(server: Server, { seed, share, report }: FaultOptions, tally: Tally): Promise<void> {
  const wantedBytes = 1e9 * share;
  const next = createGarbage(createRandom(seed));
  let probe = 0;
  const runLane = async (): Promise<void> => {
    while (tally.bytes < wantedBytes && server.isAlive()) {
      const isProbe = tally.bodies % probeEvery === 0;
      tally.bodies += 1;
      if (isProbe) {
        await sendProbe(server, probe++, { seed, tally });
        continue;
      }
      const body = next();
      tally.bytes += body.body.length;
      await sendOne(server, body, tally);
      if (tally.bodies % 2000 === 0) report(`${Math.round(tally.bytes / 1e6)} MB of garbage sent`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, runLane));
}

async function sendOne(server: Server, sent: GarbageRequest, { answers, wrongs }: Tally): Promise<void> {
  const answer = await post(server.url, sent).catch((cause: unknown) => String(cause));
  if (typeof answer === "string") {
    // A body that is refused unread ends its connection; a server that is gone ends all of them.
    if (!server.isAlive()) wrongs.add(`${sent.kind}: ${answer}`);
    return;
  }
  answers.set(answer.status, (answers.get(answer.status) ?? 0) + 1);
  if (!allowed.has(answer.status))
    wrongs.add(`${sent.kind}: answered ${answer.status} ${answer.text.slice(0, 200)}`);
  if (answer.status === 503 && answer.retryAfter === undefined)
    wrongs.add(`${sent.kind}: 503 without Retry-After`);
}

async function sendProbe(
  server: Server,
  number: number,
  { seed, tally }: { seed: number; tally: Tally },
): Promise<void> {
  const probe = { path: "/v1/traces", headers: { "content-type": "application/x-protobuf" }, kind: "probe" };
  const answer = await post(server.url, { ...probe, body: createRequest(number, seed).bytes }).catch(
    () => undefined,
  );
  if (answer?.status === 200) tally.acknowledged.add(number);
  else if (answer?.status !== 503)
    tally.wrongs.add(`a sound request was answered ${answer?.status ?? "nothing"}`);
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

function post(url: string, { path, headers, body }: GarbageRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { method: "POST", headers: { ...headers, "content-length": body.length } };
    const outgoing = request(`${url}${path}`, options, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"], text }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Everything that was taken gets into the store: no row may block those behind it. */
async function settle(server: Server): Promise<string[]> {
  const isStored = await eventually(() => isAllStored(server.url), 60_000);
  const wrongs = await checkIdentity(server.url);
  return isStored ? wrongs : [...wrongs, "after 60 s something still waits for the store"];
}

async function compareStore(directory: string, tally: Tally, stored: number): Promise<string[]> {
  return withStore(directory, async (engine) => {
    const rows = await countRows(engine, "spans");
    const wrongs = await checkProbes(engine, tally.acknowledged);
    return rows === stored
      ? wrongs
      : [...wrongs, `${rows} spans are in the store, the accounting says ${stored}`];
  });
}
