// What the server tells of itself in spans: a whole server before a store, asked and looked at from outside.
import { randomBytes } from "node:crypto";
import type { Health, Ingest, Live } from "@spanlight/contract";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Engine } from "../store/engine.ts";
import { startTestServer, type TestServer } from "./server.fixture.ts";

const running: TestServer[] = [];

afterEach(async () => {
  for (const test of running.splice(0)) await test.close();
});

async function start(environment: Record<string, string>): Promise<TestServer> {
  const test = await startTestServer({ environment: { SPANLIGHT_KEPT_SERIES: "off", ...environment } });
  running.push(test);
  return test;
}

/** Ends the server, which sends what waits, and leaves its store open. */
async function stop(test: TestServer): Promise<Engine> {
  await test.server.close();
  running.splice(running.indexOf(test), 1);
  running.push({ ...test, close: () => test.store.close() });
  return test.store;
}

const patience = { timeout: 30_000, interval: 50 };

async function sendSpan(test: TestServer, key?: string): Promise<void> {
  const end = BigInt(Date.now()) * 1_000_000n;
  const content = JSON.stringify([{ role: "user", parts: [{ type: "text", content: "secret prompt" }] }]);
  const span = {
    traceId: randomBytes(16).toString("hex"),
    spanId: randomBytes(8).toString("hex"),
    name: "chat",
    startTimeUnixNano: String(end - 1_000_000n),
    endTimeUnixNano: String(end),
    attributes: [{ key: "gen_ai.input.messages", value: { stringValue: content } }],
  };
  const response = await fetch(`${test.server.url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(key === undefined ? {} : { "x-api-key": key }) },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  });
  expect(response.status).toBe(200);
}

async function ask<Answer>(
  test: TestServer,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${test.server.url}${path}`, { headers });
  return response.headers.get("content-type")?.includes("json") === true
    ? ((await response.json()) as Answer)
    : ((await response.text()) as Answer);
}

async function readMetric(test: TestServer, series: string): Promise<number | undefined> {
  const line = (await ask<string>(test, "/metrics"))
    .split("\n")
    .find((text) => text.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.split(" ").at(-1));
}

interface StoredSpan {
  readonly name: string;
  readonly parent: string;
  readonly trace: string;
  readonly told: string;
}

/** Own spans as they are stored, in the order in which they began. */
function listOwn(store: Engine): Promise<StoredSpan[]> {
  return store.query<StoredSpan>({
    sql: `SELECT spans.name AS name, above.name AS parent, lower(hex(spans.trace_id)) AS trace,
  concat(toString(spans.attributes), spans.status_message) AS told
FROM spans LEFT JOIN (SELECT trace_id, span_id, any(name) AS name FROM spans GROUP BY trace_id, span_id) AS above
  ON above.trace_id = spans.trace_id AND above.span_id = spans.parent_span_id
WHERE service = 'spanlight' ORDER BY spans.start_time`,
  });
}

describe("traces of the server in its own store", () => {
  it("a request is a span by its route in its caller's trace, its statements are below it, and nothing is told of what was asked or stored", async () => {
    const test = await start({ SPANLIGHT_SELF_TRACES: "store" });
    await sendSpan(test);
    const traceId = randomBytes(16).toString("hex");
    const traceparent = `00-${traceId}-${randomBytes(8).toString("hex")}-01`;
    await ask(test, `/api/traces/${"ab".repeat(16)}?content=all`, { traceparent });
    await ask(test, "/api/traces?q=secret-search");
    await ask(test, "/prometheus/api/v1/label/secret-label/values");
    await ask(test, "/api/secret-path");
    await ask(test, "/healthz");
    await ask(test, "/");
    await vi.waitFor(
      async () => expect(await readMetric(test, 'spanlight_spool_items{signal="traces"}')).toBe(0),
      patience,
    );
    const spans = await listOwn(await stop(test));
    const names = spans.filter(({ parent }) => parent === "").map(({ name }) => name);
    expect([...new Set(names)].toSorted()).toEqual([
      "GET",
      "GET /api/traces",
      "GET /api/traces/:traceId",
      "GET /prometheus/api/v1/label/:name/values",
      "insert segment",
      "keep house",
      "start",
    ]);
    const parentsOf = (name: string): string[] =>
      spans.filter((span) => span.name === name).map(({ parent }) => parent);
    expect(parentsOf("SELECT spans")).toContain("GET /api/traces");
    expect(parentsOf("INSERT spans")).toEqual(["insert segment"]);
    expect(spans.find(({ name }) => name === "GET /api/traces/:traceId")?.trace).toBe(traceId);
    expect(JSON.stringify(spans)).not.toContain("secret");
    expect(JSON.stringify(spans)).not.toContain("ab".repeat(16));
  });

  it("own spans are counted as their own sender's, and storing them leads to no more of them and is told to no page", async () => {
    const test = await start({ SPANLIGHT_SELF_TRACES: "store" });
    await sendSpan(test);
    await vi.waitFor(
      async () =>
        expect(
          await readMetric(test, 'spanlight_ingest_items_total{signal="traces",outcome="stored",reason=""}'),
        ).toBe(1),
      patience,
    );
    const { cursor } = await ask<Live>(test, "/api/live");
    const account = async (): Promise<Ingest["keys"][number] | undefined> =>
      (await ask<Ingest>(test, "/api/ingest")).keys.find(({ keyId }) => keyId === "self");
    await vi.waitFor(async () => expect((await account())?.traces.stored).toBeGreaterThan(0), patience);
    expect(await ask<Live>(test, `/api/live?after=${cursor}&waitMs=0`)).toEqual({ cursor, changed: false });
    const own = await account();
    expect(own).toMatchObject({ name: "the server's own spans", isRevoked: false });
    const { received = 0, stored = 0, inSpool = 0, duplicates, rejected } = own?.traces ?? {};
    expect({ received, duplicates, rejected }).toEqual({
      received: stored + inSpool,
      duplicates: 0,
      rejected: {},
    });
    const spans = await listOwn(await stop(test));
    expect(spans.length).toBeGreaterThan(0);
    expect(spans.filter(({ name }) => name === "insert segment")).toHaveLength(1);
    expect(spans.filter(({ name }) => name === "INSERT spans")).toHaveLength(1);
  });
});

describe("traces of the server elsewhere", () => {
  const key = "key-of-the-receiver";

  it("go to another server with the headers of the setting, and nothing of them is kept here", async () => {
    const receiver = await start({ SPANLIGHT_API_KEY: key, SPANLIGHT_KEYS_REQUIRED: "on" });
    const test = await start({
      SPANLIGHT_SELF_TRACES: `${receiver.server.url}/`,
      SPANLIGHT_SELF_TRACES_HEADERS: `x-api-key=${key}`,
    });
    await ask(test, "/api/overview");
    expect(await listOwn(await stop(test))).toEqual([]);
    await vi.waitFor(async () => {
      const names = (await listOwn(receiver.store)).map(({ name }) => name);
      expect(names).toContain("GET /api/overview");
      expect(names).toContain("start");
    }, patience);
  });

  it("are lost where they are refused: the health and the metrics say so, and everything else goes on", async () => {
    const receiver = await start({ SPANLIGHT_API_KEY: key, SPANLIGHT_KEYS_REQUIRED: "on" });
    const test = await start({ SPANLIGHT_SELF_TRACES: receiver.server.url });
    await vi.waitFor(async () => {
      const health = await ask<Health>(test, "/.well-known/health");
      expect(health.status).toBe("degraded");
      expect(health.checks["self_traces"]?.message).toContain("401");
    }, patience);
    expect(await readMetric(test, 'spanlight_self_spans_dropped_total{reason="refused"}')).toBeGreaterThan(0);
    expect(await readMetric(test, "spanlight_self_spans_failing")).toBe(1);
    await sendSpan(test);
    expect(test.logged.filter((line) => line.includes("own spans not taken"))).toHaveLength(1);
  });
});

it("without the setting there are no spans, no metrics of them and no check, whatever the environment says for applications", async () => {
  const before = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9";
  try {
    const test = await start({});
    await ask(test, "/api/overview");
    expect(await readMetric(test, 'spanlight_self_spans_total{outcome="ended"}')).toBeUndefined();
    expect(Object.keys((await ask<Health>(test, "/.well-known/health")).checks)).not.toContain("self_traces");
    expect(await listOwn(await stop(test))).toEqual([]);
  } finally {
    if (before === undefined) delete process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
    else process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = before;
  }
});
