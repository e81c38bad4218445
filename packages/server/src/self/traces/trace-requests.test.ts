import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { afterEach, expect, it } from "vitest";
import { traceRequests } from "./trace-requests.ts";
import { createTestTraces, pathOf, type TestTraces } from "./traces.fixture.ts";

interface Env {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

let server: Server | undefined;
const exchanges: Promise<unknown>[] = [];

afterEach(() => {
  server?.close();
  server = undefined;
  exchanges.length = 0;
});

/** Serves an application whose `/api/…` is traced. */
async function serve(
  { traces }: TestTraces,
  answer: (request: Request) => Response | Promise<Response>,
): Promise<string> {
  const application = traceRequests<Env>(
    { fetch: (incoming) => answer(incoming) },
    {
      tracing: traces,
      isTraced: (_method, path) => path.startsWith("/api/"),
      findRoute: (path) => (path.startsWith("/api/traces/") ? "/api/traces/:traceId" : undefined),
    },
  );
  const listener = getRequestListener((incoming, env) => application.fetch(incoming, env as Env));
  server = createServer((incoming, outgoing) => {
    exchanges.push(new Promise((resolve) => outgoing.once("close", resolve)));
    void listener(incoming, outgoing);
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Resolves when the server's side of every exchange is over. */
const untilAnswered = (): Promise<unknown> => Promise.all(exchanges);

it("a request is a server span by its route, with what was done for it below, and nothing of its path and query", async () => {
  const test = createTestTraces();
  const url = await serve(test, () =>
    test.traces.run({ name: "query" }, () => Promise.resolve(new Response("fine"))),
  );
  await (await fetch(`${url}/api/traces/0af7651916cd43dd8448eb211c80319c?q=secret`)).text();
  await untilAnswered();
  const spans = await test.collect();
  expect(spans.map((span) => pathOf(span, spans))).toEqual([
    ["GET /api/traces/:traceId", "query"],
    ["GET /api/traces/:traceId"],
  ]);
  const span = spans.at(-1);
  expect(span?.kind).toBe(SpanKind.SERVER);
  expect(span?.attributes).toEqual({
    "http.request.method": "GET",
    "http.route": "/api/traces/:traceId",
    "http.response.status_code": 200,
    "url.scheme": "http",
    "network.protocol.version": "1.1",
  });
});

it("the caller's trace goes on, and what the caller does not sample is not recorded", async () => {
  const test = createTestTraces();
  const url = await serve(test, () => new Response("fine"));
  const ask = async (flags: string): Promise<void> => {
    const traceparent = `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-${flags}`;
    await (await fetch(`${url}/api/overview`, { headers: { traceparent } })).text();
  };
  await ask("01");
  await ask("00");
  await untilAnswered();
  const [span, ...others] = await test.collect();
  expect(others).toEqual([]);
  expect(span?.name).toBe("GET");
  expect(span?.spanContext().traceId).toBe("0af7651916cd43dd8448eb211c80319c");
  expect(span?.parentSpanContext?.spanId).toBe("b7ad6b7169203331");
});

it("an answer of 500 is an error by its status, one of 404 is not", async () => {
  const test = createTestTraces();
  const url = await serve(
    test,
    (asked) => new Response("", { status: asked.url.endsWith("wrong") ? 500 : 404 }),
  );
  await (await fetch(`${url}/api/wrong`)).text();
  await (await fetch(`${url}/api/missing`)).text();
  await untilAnswered();
  const [wrong, missing] = await test.collect();
  expect(wrong).toMatchObject({
    attributes: { "error.type": "500" },
    status: { code: SpanStatusCode.ERROR },
  });
  expect(missing).toMatchObject({
    attributes: { "http.response.status_code": 404 },
    status: { code: SpanStatusCode.UNSET },
  });
});

it("a request that is turned away has no span", async () => {
  const test = createTestTraces();
  const url = await serve(test, (asked) => new Response("", { status: Number(asked.url.slice(-3)) }));
  for (const status of [401, 403, 429, 400]) await (await fetch(`${url}/api/${status}`)).text();
  await untilAnswered();
  const spans = await test.collect();
  expect(spans.map(({ attributes }) => attributes["http.response.status_code"])).toEqual([400]);
});

it("a method that HTTP does not define has no name of its own", async () => {
  const test = createTestTraces();
  const url = await serve(test, () => new Response("", { status: 405 }));
  await (await fetch(`${url}/api/traces/1`, { method: "PROPFIND" })).text();
  await untilAnswered();
  const [span] = await test.collect();
  expect(span?.name).toBe("HTTP /api/traces/:traceId");
  expect(span?.attributes["http.request.method"]).toBe("_OTHER");
});

it("a request whose caller went away ends, and is no error", async () => {
  const test = createTestTraces();
  let hasCome = (): void => undefined;
  const come = new Promise<void>((resolve) => (hasCome = resolve));
  const url = await serve(test, () => {
    hasCome();
    return new Promise<Response>(() => undefined);
  });
  const asked = request(`${url}/api/overview`).on("error", () => undefined);
  asked.end();
  await come;
  asked.destroy();
  await untilAnswered();
  const [span] = await test.collect();
  expect(span?.attributes["error.type"]).toBe("client_gone");
  expect(span?.status.code).toBe(SpanStatusCode.UNSET);
});

it("what is not to be traced has no span", async () => {
  const test = createTestTraces();
  const url = await serve(test, () => new Response(String(test.traces.current() === undefined)));
  expect(await (await fetch(`${url}/v1/traces`)).text()).toBe("true");
  await untilAnswered();
  expect(await test.collect()).toEqual([]);
});
