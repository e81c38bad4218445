import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createNotifier, type Notifier, type NotifierOptions } from "./create-notifier.ts";
import type { Message } from "./message.ts";
import type { Notice } from "./notice.ts";
import type { DeliveryError, GroupReceiver } from "./receiver.ts";
import type { NotifierState } from "./saved-state.ts";

export const START_MS = Date.UTC(2026, 10, 21, 3);
export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;

/** A firing alert as the rule engine hands it over. */
export function noticeOf(labels: Readonly<Record<string, string>>, given: Partial<Notice> = {}): Notice {
  return {
    status: "firing",
    labels: { alertname: "LLMCostSpike", service: "api", severity: "page", ...labels },
    sourceLabels: { service: "api" },
    annotations: { summary: "Spend is 62 $/h", runbook_url: "http://runbook.example/cost" },
    value: 61.5,
    threshold: { observed: "sum(increase(llm_cost_dollars_total[1h]))", operator: ">", value: 50 },
    query: "sum(increase(llm_cost_dollars_total[1h])) > 50",
    activeAtMs: START_MS - 5 * MINUTE_MS,
    startsAtMs: START_MS,
    endsAtMs: START_MS + 24 * 60 * MINUTE_MS,
    reason: null,
    generatorUrl: "http://spanlight.example/graph?g0.expr=x&g0.tab=1",
    ...given,
  };
}

export function resolvedOf(notice: Notice, endsAtMs: number, reason: Notice["reason"] = "recovered"): Notice {
  return { ...notice, status: "resolved", endsAtMs, reason };
}

/** A notifier with one receiver that keeps what it is sent, and a clock that only the test moves. */
export interface Bench {
  readonly notifier: Notifier;
  readonly messages: Message[];
  readonly errors: string[];
  readonly saved: { state: NotifierState | null };
  /** What the receiver throws instead of taking a message; null = it takes it. */
  failure: DeliveryError | null;
  advance(ms: number): Promise<void>;
  nowMs(): number;
}

export interface BenchOptions {
  readonly route?: Partial<NotifierOptions["routes"][number]>;
  readonly saved?: NotifierState | null;
  readonly startMs?: number;
  readonly findTraces?: NotifierOptions["findTraces"];
}

export async function createBench(options: BenchOptions = {}): Promise<Bench> {
  let clockMs = options.startMs ?? START_MS;
  const messages: Message[] = [];
  const errors: string[] = [];
  const saved = { state: options.saved ?? null };
  const receiver: GroupReceiver = {
    kind: "groups",
    type: "webhook",
    async send(message) {
      if (bench.failure !== null) throw bench.failure;
      messages.push(message);
    },
  };
  const notifier = createNotifier({
    routes: [{ name: "ops", receiver, ...options.route }],
    now: () => clockMs,
    signal: new AbortController().signal,
    externalUrl: () => "http://spanlight.example",
    ...(options.findTraces === undefined ? {} : { findTraces: options.findTraces }),
    loadState: async () => saved.state,
    saveState: async (state) => {
      saved.state = structuredClone(state);
    },
    onError: (what, error) => errors.push(`${what}: ${String(error)}`),
  });
  await notifier.start();
  const bench: Bench = {
    notifier,
    messages,
    errors,
    saved,
    failure: null,
    async advance(ms) {
      const endMs = clockMs + ms;
      while (notifier.nextDueMs() <= endMs) {
        clockMs = Math.max(clockMs, notifier.nextDueMs());
        await notifier.tick();
      }
      clockMs = endMs;
    },
    nowMs: () => clockMs,
  };
  return bench;
}

/** A request a local receiver got. */
export interface TakenRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

export interface HttpReceiver {
  readonly url: string;
  readonly requests: TakenRequest[];
  /** What is answered next. */
  answer: { status: number; body: string; headers?: Record<string, string> };
  close(): Promise<void>;
}

/** An HTTP server on a free port that keeps what it is sent. */
export async function listenHttp(): Promise<HttpReceiver> {
  const requests: TakenRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
      requests.push({ path: request.url ?? "", headers: request.headers, body });
      response.writeHead(receiver.answer.status, receiver.answer.headers).end(receiver.answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // listening on TCP: always this shape
  const receiver: HttpReceiver = {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: { status: 200, body: "ok" },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}
