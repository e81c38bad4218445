import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import { gzip } from "node:zlib";
import { context, ROOT_CONTEXT } from "@opentelemetry/api";

const suppressTracingKey = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
const maxResponseBytes = 64 * 1024;

/** Where and how one signal is sent. */
export interface HttpTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: "gzip" | "none";
  readonly timeoutMs: number;
  readonly tls: {
    readonly ca: Buffer | undefined;
    readonly cert: Buffer | undefined;
    readonly key: Buffer | undefined;
  };
}

/** What a server said, or why it could not be asked. */
export type SendResult =
  | {
      readonly state: "answered";
      readonly status: number;
      readonly retryAfterMs: number | undefined;
      /** What the server says the time is, in Unix milliseconds, to the second. */
      readonly dateMs?: number | undefined;
      readonly body: Buffer;
    }
  | { readonly state: "unreachable"; readonly error: Error };

/** Sends request bodies to one target over kept-alive connections that never keep the process alive. */
export interface HttpSender {
  send(body: Buffer): Promise<SendResult>;
  close(): void;
}

interface Transport {
  readonly request: (url: URL, options: object) => ClientRequest;
  readonly agent: Agent;
}

export function createHttpSender(target: HttpTarget, now: () => number = Date.now): HttpSender {
  const url = new URL(target.url);
  let transport: Promise<Transport> | undefined;

  async function open(): Promise<Transport> {
    const options = { keepAlive: true, maxSockets: 1 };
    if (url.protocol === "https:") {
      const https = await import("node:https");
      return { request: https.request, agent: new https.Agent({ ...options, ...target.tls }) };
    }
    const http = await import("node:http");
    return { request: http.request, agent: new http.Agent(options) };
  }

  async function send(body: Buffer): Promise<SendResult> {
    const payload = target.compression === "gzip" ? await compress(body) : body;
    transport ??= open();
    const { request, agent } = await transport;
    const sending = { request, agent, url, target, payload, now };
    if (!isInstrumented(request)) return post(sending);
    // The export of spans must not become spans: whoever instruments HTTP reads this key.
    return context.with(ROOT_CONTEXT.setValue(suppressTracingKey, true), () => post(sending));
  }

  return {
    send,
    close: () => void transport?.then(({ agent }) => agent.destroy()),
  };
}

/**
 * Whether somebody wrapped this function to trace it. Asked because one `context.with` switches AsyncLocalStorage on for the
 * whole process, which up to Node 22 costs every promise after it (bench/sdk.ts: 130 µs a call).
 */
function isInstrumented(request: object): boolean {
  return "__wrapped" in request || "__original" in request || context.active() !== ROOT_CONTEXT;
}

interface Post extends Transport {
  readonly url: URL;
  readonly target: HttpTarget;
  readonly payload: Buffer;
  readonly now: () => number;
}

function post({ request, agent, url, target, payload, now }: Post): Promise<SendResult> {
  return new Promise((resolve) => {
    const fail = (error: Error): void => resolve({ state: "unreachable", error });
    const outgoing = request(url, {
      method: "POST",
      agent,
      timeout: target.timeoutMs,
      signal: AbortSignal.timeout(target.timeoutMs),
      headers: {
        "content-type": "application/x-protobuf",
        "content-length": payload.length,
        ...(target.compression === "gzip" ? { "content-encoding": "gzip" } : {}),
        ...target.headers,
      },
    });
    outgoing.on("socket", (socket) => socket.unref());
    outgoing.on("error", fail);
    outgoing.on("response", (response: IncomingMessage) => {
      readBody(response).then(
        (body) =>
          resolve({
            state: "answered",
            status: response.statusCode ?? 0,
            retryAfterMs: readRetryAfter(response.headers["retry-after"], now),
            dateMs: readDate(response.headers.date),
            body,
          }),
        fail,
      );
    });
    outgoing.end(payload);
  });
}

async function readBody(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    if (sizeBytes <= maxResponseBytes) chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function readDate(header: string | undefined): number | undefined {
  const dateMs = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : dateMs;
}

/** `Retry-After` as milliseconds from now: seconds or an HTTP date. */
export function readRetryAfter(header: string | undefined, now: () => number): number | undefined {
  if (header === undefined || header.trim() === "") return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now());
}

function compress(body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    gzip(body, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
}
