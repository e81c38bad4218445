import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { prepareRequests } from "./prepared-requests.ts";

/** What the load process is told. */
export interface LoadOptions {
  readonly url: string;
  readonly spans: number;
  readonly spansPerRequest: number;
  readonly connections: number;
  readonly seed: number;
}

/** What it saw. Times in milliseconds. */
export interface LoadResult {
  readonly spans: number;
  readonly requests: number;
  readonly bytes: number;
  readonly elapsedMs: number;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  /** Answers 429 and 503 that were sent again, as they ask. */
  readonly retries: number;
}

/** Sends spans until all are acknowledged; each connection waits for its answer before the next request. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const tally = { left: options.spans, requests: 0, bytes: 0, retries: 0, latenciesMs: [] as number[] };
  const generators = Array.from({ length: options.connections }, (_, lane) =>
    prepareRequests({ spansPerRequest: options.spansPerRequest, seed: options.seed * 64 + lane + 1 }),
  );
  const startedMs = performance.now();
  const lanes = generators.map(async (next) => {
    while (tally.left > 0) {
      tally.left -= options.spansPerRequest;
      const bytes = next();
      const sentMs = performance.now();
      await sendUntilAcknowledged(options.url, agent, bytes, () => tally.retries++);
      tally.latenciesMs.push(performance.now() - sentMs);
      tally.requests += 1;
      tally.bytes += bytes.length;
    }
  });
  await Promise.all(lanes);
  agent.destroy();
  const sorted = Float64Array.from(tally.latenciesMs).sort();
  return {
    spans: tally.requests * options.spansPerRequest,
    requests: tally.requests,
    bytes: tally.bytes,
    elapsedMs: performance.now() - startedMs,
    ackP50Ms: sorted[Math.floor(sorted.length * 0.5)] ?? 0,
    ackP99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    retries: tally.retries,
  };
}

async function sendUntilAcknowledged(
  url: string,
  agent: Agent,
  bytes: Buffer,
  onRetry: () => void,
): Promise<void> {
  for (;;) {
    const { status, retryAfterMs, body } = await post(url, agent, bytes);
    if (status === 200 && body.length === 0) return;
    if (status === 200) throw new Error(`${url} accepted the request only in part: ${body.toString("utf8")}`);
    if (status !== 429 && status !== 503)
      throw new Error(`${url} answered ${status}: ${body.toString("utf8")}`);
    onRetry();
    await delay(retryAfterMs);
  }
}

interface Answer {
  readonly status: number;
  readonly retryAfterMs: number;
  readonly body: Buffer;
}

function post(url: string, agent: Agent, bytes: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/x-protobuf", "content-length": bytes.length };
    const outgoing = request(url, { method: "POST", agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          retryAfterMs: Number(response.headers["retry-after"] ?? "1") * 1000,
          body: Buffer.concat(chunks),
        }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(bytes);
  });
}
