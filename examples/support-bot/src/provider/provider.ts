import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createFaults, type Faults } from "../faults.ts";
import { completeChat } from "./chat-completions.ts";
import { createEmbeddings } from "./embeddings.ts";
import { readJsonBody, sendJson, type Exchange, type Surroundings } from "./exchange.ts";
import { toObject } from "./json.ts";
import { listModels } from "./models.ts";
import { createPromptCache } from "./prompt-cache.ts";
import { missingKey, ProviderError, serverFault, unknownUrl } from "./provider-error.ts";
import { createHex, createRandom } from "./random.ts";
import { createRateLimits } from "./rate-limits.ts";
import { createStoredResponses, type StoredResponses } from "./read-responses-request.ts";
import { createResponse } from "./responses.ts";

/** A running local provider. `baseUrl` is what a client calls its base URL. */
export interface Provider {
  readonly baseUrl: string;
  close(): Promise<void>;
}

export interface ProviderOptions {
  /** 0 = any free port. */
  readonly port?: number;
  /** The same seed and the same requests in the same order give the same answers, byte for byte but for `created`. */
  readonly seed?: string;
  /** Multiplies every wait: 1 = as a real model, 0 = no waiting. */
  readonly pace?: number;
  readonly faults?: Faults;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Starts an HTTP server that answers as the provider does: chat completions, responses, embeddings, models. */
export async function openProvider(options: ProviderOptions = {}): Promise<Provider> {
  const answer = createAnswering(options);
  const server = createServer((request, response) => void answer(request, response));
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  // A listening TCP server has an address with a port, never a pipe's name.
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

type Answering = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

function createAnswering(options: ProviderOptions): Answering {
  const faults = options.faults ?? createFaults();
  const now = options.now ?? Date.now;
  const limits = createRateLimits(now, () => faults.isOn("429"));
  const stored = createStoredResponses();
  const surroundings: Surroundings = {
    faults,
    now,
    pace: options.pace ?? 1,
    cache: createPromptCache(now),
    takeLimits(exchange, model, tokens) {
      Object.assign(exchange.headers, limits.take(model, tokens));
    },
  };
  let ordinal = 0;
  return async (request, response) => {
    const random = createRandom(`${options.seed ?? "1"} ${++ordinal}`);
    const exchange = await openExchange(request, response, { random, now });
    try {
      refuse(request, exchange, surroundings);
      await route(exchange, surroundings, stored);
    } catch (error) {
      if (!exchange.gone.aborted) sendError(exchange, error, now);
    }
  };
}

async function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  { random, now }: { random: () => number; now: () => number },
): Promise<Exchange> {
  const client = new AbortController();
  response.on("close", () => client.abort());
  const requestId = `req_${createHex(random, 32)}`;
  const startedMs = now();
  return {
    method: request.method ?? "GET",
    path: (request.url ?? "/").split("?")[0] ?? "/",
    body: toObject(await readJsonBody(request)) ?? {},
    response,
    headers: {
      "x-request-id": requestId,
      "openai-version": "2020-10-01",
      "openai-organization": "org-local",
    },
    requestId,
    random,
    gone: client.signal,
    createdSeconds: Math.floor(startedMs / 1000),
    startedMs,
  };
}

function refuse(request: IncomingMessage, exchange: Exchange, { faults }: Surroundings): void {
  if (!/^Bearer \S+/.test(request.headers.authorization ?? "")) throw missingKey();
  if (faults.isOn("500") && exchange.random() < 0.6) throw serverFault(exchange.requestId);
}

async function route(exchange: Exchange, surroundings: Surroundings, stored: StoredResponses): Promise<void> {
  switch (`${exchange.method} ${exchange.path}`) {
    case "POST /v1/chat/completions":
      return completeChat(exchange, surroundings);
    case "POST /v1/responses":
      return createResponse(exchange, surroundings, stored);
    case "POST /v1/embeddings":
      return createEmbeddings(exchange, surroundings);
    case "GET /v1/models": {
      const data = listModels().map(({ name }) => ({
        id: name,
        object: "model",
        created: 1715367049,
        owned_by: "local",
      }));
      return sendJson(exchange, 200, { object: "list", data }, surroundings.now);
    }
    default:
      throw unknownUrl(exchange.method, exchange.path);
  }
}

function sendError(exchange: Exchange, error: unknown, now: () => number): void {
  const known = error instanceof ProviderError ? error : serverFault(exchange.requestId);
  if (known !== error) console.error("The local provider failed:", error);
  if (exchange.response.headersSent) return void exchange.response.destroy();
  Object.assign(exchange.headers, known.headers);
  sendJson(exchange, known.status, known.body, now);
}
