import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { createSelfTraces, type SelfTraces } from "./create-self-traces.ts";
import { createOtlpDestination } from "./otlp-destination.ts";
import type { Destination } from "./span-outbox.ts";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

async function listen(
  status: number,
  body: Uint8Array = new Uint8Array(),
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    received.push({ path: request.url ?? "", headers: request.headers });
    request.resume().on("end", () => response.writeHead(status).end(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, received };
}

function createTraces(destination: Destination, logged: string[] = []): SelfTraces {
  return createSelfTraces({
    destination,
    ratio: 1,
    version: "0.0.0",
    log: (level, message) => logged.push(`${level} ${message}`),
    maxWaiting: 3,
    sendEveryMs: 60_000,
  });
}

async function makeSpans(traces: SelfTraces, count: number): Promise<void> {
  for (let made = 0; made < count; made += 1) await traces.run({ name: "work" }, () => Promise.resolve());
}

const sumUp = (traces: SelfTraces): number => {
  const { sent, waiting, dropped } = traces.report();
  return sent + waiting + Object.values(dropped).reduce((sum, count) => sum + count, 0);
};

it("spans past the bound are dropped and counted, those before it arrive", async () => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  let taken = 0;
  const traces = createTraces({
    name: "slow",
    send: (spans) => gate.then(() => ((taken += spans.length), 0)),
    close: () => Promise.resolve(),
  });
  await makeSpans(traces, 10);
  expect(traces.report()).toMatchObject({ ended: 10, waiting: 3, sent: 0, dropped: { queue_full: 7 } });
  release();
  await traces.close(10_000);
  expect(taken).toBe(3);
  expect(traces.report()).toMatchObject({ ended: 10, waiting: 0, sent: 3, dropped: { queue_full: 7 } });
});

it("a destination that refuses costs the spans alone: they are counted, and it is told once", async () => {
  const { url } = await listen(401);
  const logged: string[] = [];
  const traces = createTraces(createOtlpDestination({ url, headers: {}, timeoutMs: 5000 }), logged);
  await makeSpans(traces, 2);
  await traces.close(10_000);
  expect(traces.report()).toMatchObject({ ended: 2, sent: 0, waiting: 0, dropped: { refused: 2 } });
  expect(traces.report().failure).toBe(`${url} does not take spans: 401 Unauthorized`);
  expect(logged).toEqual(["warn own spans not taken"]);
  expect(sumUp(traces)).toBe(2);
});

it("a destination that is gone costs the spans alone", async () => {
  const { url } = await listen(200);
  await new Promise((resolve) => servers.pop()?.close(resolve));
  const traces = createTraces(createOtlpDestination({ url, headers: {}, timeoutMs: 100 }));
  await makeSpans(traces, 1);
  await traces.close(10_000);
  expect(traces.report()).toMatchObject({ ended: 1, dropped: { refused: 1 } });
  expect(traces.report().failure).toContain("ECONNREFUSED");
});

it("a destination that does not answer does not hold up the end", async () => {
  const server = createServer(() => undefined);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const logged: string[] = [];
  const traces = createTraces(createOtlpDestination({ url, headers: {}, timeoutMs: 60_000 }), logged);
  await makeSpans(traces, 1);
  await traces.close(1);
  expect(logged).toEqual(["warn own spans lost"]);
  server.closeAllConnections();
});

it("what an endpoint refuses of a batch is not counted as sent", async () => {
  const partialSuccess = Uint8Array.of(0x0a, 0x02, 0x08, 0x02); // rejected_spans = 2
  const { url } = await listen(200, partialSuccess);
  const traces = createTraces(createOtlpDestination({ url, headers: {}, timeoutMs: 5000 }));
  await makeSpans(traces, 3);
  await traces.close(10_000);
  expect(traces.report()).toMatchObject({ ended: 3, sent: 1, dropped: { refused: 2 }, failure: null });
});

it("the headers are those of the setting; what the environment says for applications stays here", async () => {
  const { url, received } = await listen(200);
  const before = process.env["OTEL_EXPORTER_OTLP_HEADERS"];
  process.env["OTEL_EXPORTER_OTLP_HEADERS"] = "x-vendor-key=secret";
  try {
    const traces = createTraces(
      createOtlpDestination({ url, headers: { authorization: "Bearer own" }, timeoutMs: 5000 }),
    );
    await makeSpans(traces, 1);
    await traces.close(10_000);
  } finally {
    if (before === undefined) delete process.env["OTEL_EXPORTER_OTLP_HEADERS"];
    else process.env["OTEL_EXPORTER_OTLP_HEADERS"] = before;
  }
  const [request] = received;
  expect(request?.path).toBe("/v1/traces");
  expect(request?.headers).toMatchObject({
    authorization: "Bearer own",
    "content-type": "application/x-protobuf",
    "content-encoding": "gzip",
  });
  expect(request?.headers["x-vendor-key"]).toBeUndefined();
});
