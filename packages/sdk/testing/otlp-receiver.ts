import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { decodeLogRequest, type WireLog } from "./decode-log-request.ts";
import { decodeMetricRequest, type WireMetric } from "./decode-metric-request.ts";
import { decodeTraceRequest, type WireRequest, type WireSpan } from "./decode-trace-request.ts";

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** A local OTLP endpoint that keeps what it gets and answers what a test wants. */
export interface OtlpReceiver {
  readonly url: string;
  readonly requests: ReceivedRequest[];
  /** All spans so far. */
  spans(): WireSpan[];
  traceRequests(): WireRequest[];
  logs(): WireLog[];
  metrics(): WireMetric[];
  /** Answers the next requests so; the last one stays. Default: 200, empty. */
  answerWith(...answers: (ReceiverAnswer | "never")[]): void;
  close(): Promise<void>;
}

export interface ReceiverAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const requests: ReceivedRequest[] = [];
  let answers: (ReceiverAnswer | "never")[] = [{ status: 200 }];
  const server = createServer((request, response) => void receive(request, response));

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const bytes = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
    requests.push({ path: request.url ?? "", headers: request.headers, bytes });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === "never") return;
    response.writeHead(answer?.status ?? 200, answer?.headers);
    response.end(answer?.body);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const at = (end: string): ReceivedRequest[] => requests.filter(({ path }) => path.endsWith(end));
  const traceRequests = (): WireRequest[] => at("/v1/traces").map(({ bytes }) => decodeTraceRequest(bytes));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    spans: () => traceRequests().flatMap(({ spans }) => spans),
    traceRequests,
    logs: () => at("/v1/logs").flatMap(({ bytes }) => decodeLogRequest(bytes)),
    metrics: () => at("/v1/metrics").flatMap(({ bytes }) => decodeMetricRequest(bytes)),
    answerWith: (...next) => {
      answers = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
