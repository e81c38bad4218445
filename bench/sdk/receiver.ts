import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What one run sent. */
export interface Received {
  readonly spans: number;
  readonly bytes: number;
  readonly requests: number;
}

/** A server that takes OTLP, as protobuf or JSON, and counts what comes. */
export interface Receiver {
  readonly endpoint: string;
  /** What came since the last time this was asked. */
  take(): Received;
  close(): void;
}

export async function startReceiver(): Promise<Receiver> {
  let received = { spans: 0, bytes: 0, requests: 0 };
  const server: Server = createServer((request, response) => {
    void readBody(request).then((body) => {
      received.requests++;
      received.bytes += body.length;
      const isTraces = request.url === "/v1/traces";
      if (isTraces) received.spans += isJson(request) ? countJsonSpans(body) : countSpans(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = received;
      received = { spans: 0, bytes: 0, requests: 0 };
      return taken;
    },
    close: () => server.close(),
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function isJson(request: IncomingMessage): boolean {
  return request.headers["content-type"]?.includes("json") === true;
}

interface JsonRequest {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly unknown[] }[];
  }[];
}

function countJsonSpans(body: Buffer): number {
  const { resourceSpans } = JSON.parse(body.toString()) as JsonRequest;
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)).length;
}

/** ExportTraceServiceRequest: resource_spans 1 → scope_spans 2 → spans 2. */
function countSpans(body: Buffer): number {
  return messagesIn(body, 1)
    .flatMap((resourceSpans) => messagesIn(resourceSpans, 2))
    .flatMap((scopeSpans) => messagesIn(scopeSpans, 2)).length;
}

/** The embedded messages of one field; all fields at these levels are length-delimited. */
function messagesIn(message: Buffer, field: number): Buffer[] {
  const found: Buffer[] = [];
  let position = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[position++] ?? 0;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
  };
  while (position < message.length) {
    const tag = readVarint();
    const end = readVarint() + position;
    if (tag >> 3 === field) found.push(message.subarray(position, end));
    position = end;
  }
  return found;
}
