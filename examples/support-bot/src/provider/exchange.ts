import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Faults } from "../faults.ts";
import type { JsonObject } from "./json.ts";
import type { Model } from "./models.ts";
import type { PromptCache } from "./prompt-cache.ts";
import type { Random } from "./random.ts";

/** One request on its way through the provider. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly body: JsonObject;
  readonly response: ServerResponse;
  /** Headers of the answer so far. */
  readonly headers: Record<string, string>;
  readonly requestId: string;
  readonly random: Random;
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal;
  /** Unix seconds. */
  readonly createdSeconds: number;
  readonly startedMs: number;
}

/** What all requests share. */
export interface Surroundings {
  readonly faults: Faults;
  readonly cache: PromptCache;
  readonly now: () => number;
  /** 1 = realistic timing, 0 = no waiting at all. */
  readonly pace: number;
  /** Takes the request's share of the model's limits; throws the provider's 429. */
  takeLimits(exchange: Exchange, model: Model, tokens: number): void;
}

/** Reads a JSON body. An empty or broken one reads as an empty object, which then lacks what is required. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return {};
  }
}

export function sendJson(exchange: Exchange, status: number, value: unknown, now: () => number): void {
  const text = JSON.stringify(value, null, 2);
  exchange.response.writeHead(status, {
    ...exchange.headers,
    "content-type": "application/json",
    "openai-processing-ms": String(Math.round(now() - exchange.startedMs)),
    "content-length": String(Buffer.byteLength(text)),
  });
  exchange.response.end(text);
}

/** Waits for the time a model takes to its first token, thinking included. */
export async function waitForFirstToken(
  exchange: Exchange,
  surroundings: Surroundings,
  { model, reasoningTokens }: { model: Model; reasoningTokens: number },
): Promise<void> {
  const [low, high] = model.firstTokenMs;
  const thinkingMs = (reasoningTokens * 1000) / model.tokensPerSecond / 2;
  const slowness = surroundings.faults.isOn("slow") ? 4 : 1;
  await pause((low + exchange.random() ** 2 * (high - low) + thinkingMs) * slowness, exchange, surroundings);
}

/** Waits for the time a model takes to write so many tokens. */
export async function waitForTokens(
  exchange: Exchange,
  surroundings: Surroundings,
  { model, tokens }: { model: Model; tokens: number },
): Promise<void> {
  const slowness = surroundings.faults.isOn("slow") ? 4 : 1;
  const jitter = 0.5 + exchange.random();
  await pause(((tokens * 1000) / model.tokensPerSecond) * jitter * slowness, exchange, surroundings);
}

async function pause(milliseconds: number, exchange: Exchange, { pace }: Surroundings): Promise<void> {
  const waitMs = milliseconds * pace;
  if (waitMs >= 1) await delay(waitMs, undefined, { signal: exchange.gone });
}
