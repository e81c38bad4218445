import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { prepareSignals, type SignalName } from "./prepared-signals.ts";

/** What the load process is told. */
export interface SignalLoad {
  readonly url: string;
  readonly signal: SignalName;
  readonly items: number;
  readonly itemsPerRequest: number;
  readonly connections: number;
  readonly seed: number;
}

/** What it saw. Times in milliseconds. */
export interface SignalLoadResult {
  readonly items: number;
  readonly bytes: number;
  readonly elapsedMs: number;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  /** Answers 429 and 503 that were sent again, as they ask. */
  readonly retries: number;
}

/** Sends items until all are acknowledged; each connection waits for its answer before the next request. */
export async function runSignalLoad(options: SignalLoad): Promise<SignalLoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const tally = { left: options.items, items: 0, bytes: 0, retries: 0, tookMs: [] as number[] };
  const lanes = Array.from({ length: options.connections }, (_, lane) =>
    prepareSignals({ ...options, seed: options.seed * 64 + lane + 1 }),
  );
  const url = `${options.url}/v1/${options.signal}`;
  const startedMs = performance.now();
  await Promise.all(
    lanes.map(async (next) => {
      while (tally.left > 0) {
        tally.left -= options.itemsPerRequest;
        const bytes = next();
        const sentMs = performance.now();
        for (let wait = await post(url, agent, bytes); wait > 0; wait = await post(url, agent, bytes)) {
          tally.retries += 1;
          await delay(wait);
        }
        tally.tookMs.push(performance.now() - sentMs);
        tally.items += options.itemsPerRequest;
        tally.bytes += bytes.length;
      }
    }),
  );
  agent.destroy();
  const sorted = Float64Array.from(tally.tookMs).sort();
  return {
    items: tally.items,
    bytes: tally.bytes,
    elapsedMs: performance.now() - startedMs,
    ackP50Ms: sorted[Math.floor(sorted.length * 0.5)] ?? 0,
    ackP99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    retries: tally.retries,
  };
}

/** Posts once; answers 0 when acknowledged, else the milliseconds after which to try again. */
export function post(url: string, agent: Agent, bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/x-protobuf", "content-length": bytes.length };
    const outgoing = request(url, { method: "POST", agent, headers }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString("latin1")));
      response.on("error", reject);
      response.on("end", () => {
        const status = response.statusCode ?? 0;
        if (status === 200 && body === "") return resolve(0);
        if (status === 429 || status === 503)
          return resolve(Number(response.headers["retry-after"] ?? "1") * 1000);
        reject(new Error(`${url} answered ${status}: ${body}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(bytes);
  });
}
