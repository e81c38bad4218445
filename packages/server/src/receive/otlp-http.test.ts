import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { Root } from "protobufjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeJson, encodeProtobuf } from "../decode/otlp.fixture.ts";
import { createLogIngest } from "../ingest/ingest-logs.ts";
import { createMetricIngest } from "../ingest/ingest-metrics.ts";
import { createTraceIngest } from "../ingest/ingest-traces.ts";
import { storedTables } from "../ingest/stored-tables.ts";
import { listen, type Listening } from "../main/listen.ts";
import { Pricer } from "../price/price-call.ts";
import { openSpool, type Spool } from "../spool/spool.ts";
import type { Engine } from "../store/engine.ts";
import { createTestStore } from "../store/store.fixture.ts";
import { addOtlpHttp } from "./otlp-http.ts";
import type { SignalIngests } from "./otlp-signals.ts";
import { BodyReader } from "./read-body.ts";

const limits = {
  segmentRows: 1000,
  segmentBytes: 1_000_000,
  segmentAgeMs: 50,
  maxBytes: 100_000,
  duplicateWindowMs: 600_000,
  duplicateWindowRequests: 1000,
};

let store: Engine;
let directory: string;
let spool: Spool;
let listening: Listening;
let nextId = 1;

/** Answers of OTLP/HTTP as their protobuf definitions say, read by a third party. */
const answers = Root.fromJSON({
  nested: {
    Response: { fields: { partialSuccess: { type: "PartialSuccess", id: 1 } } },
    PartialSuccess: {
      fields: { rejectedSpans: { type: "int64", id: 1 }, errorMessage: { type: "string", id: 2 } },
    },
    Status: { fields: { code: { type: "int32", id: 1 }, message: { type: "string", id: 2 } } },
  },
});

function createSignals(into: Spool): SignalIngests {
  return {
    traces: createTraceIngest({ spool: into, pricer: new Pricer() }),
    metrics: createMetricIngest({ spool: into, now: Date.now, maxSeries: 1000 }),
    logs: createLogIngest({ spool: into, now: Date.now }),
  };
}

beforeAll(async () => {
  store = await createTestStore();
  directory = mkdtempSync(join(tmpdir(), "spanlight-receive-"));
  spool = await openSpool({
    directory,
    engine: store,
    tables: storedTables,
    limits,
    log: () => undefined,
    now: Date.now,
    onStored: () => undefined,
  });
  const app = new Hono<{ Bindings: HttpBindings }>();
  addOtlpHttp(app, {
    signals: createSignals(spool),
    bodies: new BodyReader({ maxBodyBytes: 200_000, maxBytesInFlight: 1_000_000 }),
    log: () => undefined,
    project: "default",
  });
  listening = await listen(app, { host: "127.0.0.1", port: 0 });
});
afterAll(async () => {
  await listening.close(1000);
  await spool.close(10_000);
  await store.close();
  rmSync(directory, { recursive: true });
});

function post(
  body: Buffer | string,
  headers: Record<string, string> = { "content-type": "application/x-protobuf" },
): Promise<Response> {
  return fetch(`http://127.0.0.1:${listening.port}/v1/traces`, {
    method: "POST",
    headers,
    body: typeof body === "string" ? body : Uint8Array.from(body),
  });
}

async function readProtobuf(response: Response, type: string): Promise<Record<string, unknown>> {
  const message = answers.lookupType(type);
  return message.toObject(message.decode(new Uint8Array(await response.arrayBuffer())), { longs: Number });
}

/** A Zstandard frame of one raw block. */
function toZstd(content: Buffer): Buffer {
  const head = Buffer.from("28b52ffda000000000", "hex");
  head.writeUInt32LE(content.length, 5);
  const block = Buffer.alloc(3);
  block.writeUIntLE((content.length << 3) | 1, 0, 3);
  return Buffer.concat([head, block, content]);
}

function freshSpan(): { spanId: string } {
  return { spanId: (nextId++).toString(16).padStart(16, "0") };
}

describe("POST /v1/traces", () => {
  it.each([
    ["protobuf", (): Buffer => encodeProtobuf([freshSpan()]), { "content-type": "application/x-protobuf" }],
    ["JSON", (): Buffer => encodeJson([freshSpan()]), { "content-type": "application/json; charset=utf-8" }],
    [
      "gzip",
      (): Buffer => gzipSync(encodeProtobuf([freshSpan()])),
      { "content-type": "application/x-protobuf", "content-encoding": "gzip" },
    ],
    [
      "deflate",
      (): Buffer => deflateSync(encodeJson([freshSpan()])),
      { "content-type": "application/json", "content-encoding": "deflate" },
    ],
    [
      "zstd",
      (): Buffer => toZstd(encodeProtobuf([freshSpan()])),
      { "content-type": "application/x-protobuf", "content-encoding": "zstd" },
    ],
  ])("accepts %s and answers in the sender's encoding", async (_name, body, headers) => {
    const before = spool.snapshot().totals.traces.accepted;
    const response = await post(body(), headers);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(headers["content-type"].split(";")[0]);
    expect(spool.snapshot().totals.traces.accepted).toBe(before + 1);
  });

  it("answers an empty message to a request without a fault", async () => {
    expect(await readProtobuf(await post(encodeProtobuf([freshSpan()])), "Response")).toEqual({});
    expect(
      await (await post(encodeJson([freshSpan()]), { "content-type": "application/json" })).json(),
    ).toEqual({});
  });

  it("says how many spans it refused and why", async () => {
    const spans = [
      freshSpan(),
      { spanId: "0000000000000000" },
      { traceId: "00000000000000000000000000000000" },
    ];
    const partial = (await readProtobuf(await post(encodeProtobuf(spans)), "Response"))["partialSuccess"];
    expect(partial).toMatchObject({
      rejectedSpans: 2,
      errorMessage: expect.stringContaining("1 refused: invalid_span_id"),
    });
  });

  it.each([
    [
      "metrics",
      {
        resourceMetrics: [
          { scopeMetrics: [{ metrics: [{ name: "g", gauge: { dataPoints: [{ asInt: 1 }] } }] }] },
        ],
      },
      { rejectedDataPoints: "1", errorMessage: expect.stringContaining("1 refused: invalid_time") },
    ],
    [
      "logs",
      { resourceLogs: [{ scopeLogs: [{ logRecords: [{ timeUnixNano: "18446744073709551615" }] }] }] },
      { rejectedLogRecords: "1", errorMessage: expect.stringContaining("1 refused: invalid_time") },
    ],
  ])("says how many %s it refused in the words of their signal", async (signal, body, partialSuccess) => {
    const response = await fetch(`http://127.0.0.1:${listening.port}/v1/${signal}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect([response.status, await response.json()]).toEqual([200, { partialSuccess }]);
  });

  it("stands where the exporters of other SDKs send theirs", async () => {
    for (const path of ["/api/public/otel/v1/traces", "/otel/v1/traces", "/api/v1/private/otel/v1/traces"]) {
      const response = await fetch(`http://127.0.0.1:${listening.port}${path}`, {
        method: "POST",
        headers: { "content-type": "application/x-protobuf" },
        body: new Uint8Array(encodeProtobuf([freshSpan()])),
      });
      expect(response.status, path).toBe(200);
    }
  });

  it("stores a request that is sent again byte for byte once and counts it as a duplicate", async () => {
    const body = encodeProtobuf([freshSpan()]);
    const before = spool.snapshot().totals.traces;
    const responses = await Promise.all([post(body), post(body), post(body)]);
    await post(body);
    expect(responses.map((response) => response.status)).toEqual([200, 200, 200]);
    const after = spool.snapshot().totals.traces;
    expect([after.accepted - before.accepted, after.duplicates - before.duplicates]).toEqual([1, 3]);
  });

  it.each([
    [
      "bytes that are no protobuf message",
      Buffer.from("hello"),
      { "content-type": "application/x-protobuf" },
      400,
    ],
    ["text that is no JSON", Buffer.from("{"), { "content-type": "application/json" }, 400],
    [
      "a body that is not gzip",
      encodeProtobuf([{}]),
      { "content-type": "application/x-protobuf", "content-encoding": "gzip" },
      400,
    ],
    ["a content type that is not OTLP", Buffer.from("a=b"), { "content-type": "text/plain" }, 415],
    [
      "an unknown encoding",
      Buffer.from("x"),
      { "content-type": "application/json", "content-encoding": "br" },
      415,
    ],
    ["a body over the limit", Buffer.alloc(200_001), { "content-type": "application/x-protobuf" }, 413],
    [
      "a gzip bomb",
      gzipSync(Buffer.alloc(50_000_000)),
      { "content-type": "application/x-protobuf", "content-encoding": "gzip" },
      413,
    ],
  ])("refuses %s", async (_name, body, headers, status) => {
    const before = spool.snapshot().totals.traces;
    const response = await post(body, headers);
    expect(response.status).toBe(status);
    const message =
      headers["content-type"] === "application/x-protobuf"
        ? (await readProtobuf(response, "Status"))["message"]
        : await response.text();
    expect(String(message).length).toBeGreaterThan(20);
    expect(spool.snapshot().totals.traces).toEqual(before);
  });

  it("does not count a request whose connection breaks in the middle of its body", async () => {
    const before = spool.snapshot().totals.traces.received;
    const body = encodeProtobuf([freshSpan()]);
    await new Promise<void>((resolve) => {
      const socket = connect(listening.port, "127.0.0.1", () => {
        socket.write(
          `POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: ${body.length}\r\n\r\n`,
        );
        socket.write(body.subarray(0, 20), () => socket.destroy());
      });
      socket.on("close", () => resolve());
    });
    expect((await post(encodeProtobuf([freshSpan()]))).status).toBe(200);
    expect(spool.snapshot().totals.traces.received).toBe(before + 1);
  });

  it("keeps each of many requests that arrive at once", async () => {
    const before = spool.snapshot().totals.traces.accepted;
    const responses = await Promise.all(
      Array.from({ length: 60 }, () => post(encodeProtobuf([freshSpan(), freshSpan()]))),
    );
    expect(new Set(responses.map((response) => response.status))).toEqual(new Set([200]));
    expect(spool.snapshot().totals.traces.accepted).toBe(before + 120);
  });

  it("makes what it acknowledged readable in the store", async () => {
    const span = freshSpan();
    await post(encodeProtobuf([{ ...span, name: "to be read" }]));
    await expect
      .poll(() => store.query({ sql: "SELECT count() AS spans FROM spans WHERE name = 'to be read'" }), {
        timeout: 10_000,
      })
      .toEqual([{ spans: "1" }]);
  });
});

describe("overload", () => {
  it("answers 503 with Retry-After when the spool is full, and takes requests again after", async () => {
    const blocked = await openSpool({
      directory: join(directory, "full"),
      engine: {
        ...store,
        listBlocks: () => Promise.resolve(new Set<bigint>()),
        insertBlock: () => Promise.reject(new Error("down")),
      },
      tables: storedTables,
      limits: { ...limits, maxBytes: 1 },
      log: () => undefined,
      now: Date.now,
      onStored: () => undefined,
    });
    const app = new Hono<{ Bindings: HttpBindings }>();
    addOtlpHttp(app, {
      signals: createSignals(blocked),
      bodies: new BodyReader({ maxBodyBytes: 200_000, maxBytesInFlight: 1_000_000 }),
      log: () => undefined,
      project: "default",
    });
    const door = await listen(app, { host: "127.0.0.1", port: 0 });
    const send = (): Promise<Response> =>
      fetch(`http://127.0.0.1:${door.port}/v1/traces`, {
        method: "POST",
        headers: { "content-type": "application/x-protobuf" },
        body: Uint8Array.from(encodeProtobuf([freshSpan()])),
      });
    expect((await send()).status).toBe(200);
    const refused = await send();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
    await door.close(1000);
    await blocked.close(0);
  });
});
