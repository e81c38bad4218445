// How the server says it is doing, asked from outside while it does something: GET /api/server, /metrics, the health.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, constants } from "node:http2";
import { healthSchema, serverSchema, type Health, type RequestTimes, type Server } from "@spanlight/contract";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createKey } from "../keys/change-keys.ts";
import { keyFilePath } from "../keys/open-access.ts";
import { startTestServer, type TestServer } from "./server.fixture.ts";

const own = "key-of-the-environment";
const limits = { maxRequestsPerSecond: null, maxBytesPerSecond: null };
const keys = { shop: "", sender: "" };
let test: TestServer;

beforeAll(async () => {
  test = await startTestServer({
    environment: { SPANLIGHT_KEYS_REQUIRED: "on", SPANLIGHT_API_KEY: own },
    async prepare(directory) {
      const add = async (project: string, scopes: ("ingest" | "read" | "admin")[]): Promise<string> =>
        (await createKey(keyFilePath(directory), { name: "", project, scopes, ...limits }, Date.now())).text;
      keys.shop = await add("shop", ["ingest", "read", "admin"]);
      keys.sender = await add("default", ["ingest"]);
    },
  });
}, 60_000);
afterAll(() => test.close());

function ask(path: string, options: RequestInit & { key?: string } = {}): Promise<Response> {
  const { key = own, ...request } = options;
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  return fetch(`${test.server.url}${path}`, { ...request, headers });
}

async function readServer(): Promise<Server> {
  const response = await ask("/api/server");
  expect(response.status).toBe(200);
  return serverSchema.parse(await response.json());
}

async function readMetrics(): Promise<string> {
  return (await ask("/metrics")).text();
}

/** A request is counted when its answer is out, which is after whoever asked may have it. */
async function untilServer(isThere: (server: Server) => boolean): Promise<Server> {
  return vi.waitUntil(
    async () => {
      const server = await readServer();
      return isThere(server) ? server : undefined;
    },
    { timeout: 30_000, interval: 20 },
  ) as Promise<Server>;
}

function findRoute({ requests }: Server, method: string, route: string): RequestTimes | undefined {
  return requests.find((times) => times.method === method && times.route === route);
}

async function sendSpan(traceId = randomBytes(16).toString("hex")): Promise<string> {
  const span = {
    traceId,
    spanId: randomBytes(8).toString("hex"),
    name: "chat",
    startTimeUnixNano: `${Date.now() - 1000}000000`,
    endTimeUnixNano: `${Date.now()}000000`,
    attributes: [{ key: "gen_ai.operation.name", value: { stringValue: "chat" } }],
  };
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
  expect((await ask("/v1/traces", { method: "POST", body })).status).toBe(200);
  return traceId;
}

/** Keeps every reader of the store busy until it is told to stop. */
async function holdReaders(): Promise<() => Promise<void>> {
  const abort = new AbortController();
  const sql = "SELECT count() FROM numbers(1000000000000) WHERE rand() % 7 = 0";
  const { maxReadsRunning } = test.store.load();
  await vi.waitUntil(() => test.store.load().readsRunning === 0, { timeout: 30_000 });
  const reads = Array.from({ length: maxReadsRunning }, () =>
    test.store.query({ sql, timeoutMs: 120_000, signal: abort.signal }).catch(() => undefined),
  );
  return async () => {
    abort.abort();
    await Promise.all(reads);
  };
}

describe("the server", () => {
  it("tells what it is and what it takes", async () => {
    const {
      version,
      startedAt,
      windowMs,
      process: own,
    } = await untilServer(({ process: { eventLoopDelay } }) => eventLoopDelay.count > 0);
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
    expect(Math.abs(Date.now() - Date.parse(startedAt))).toBeLessThan(600_000);
    expect(windowMs).toBe(900_000);
    expect(own.residentMemoryBytes).toBeGreaterThan(50_000_000);
    expect(own.cpuSeconds).toBeGreaterThan(0);
  });

  it("counts requests by the templates of their routes", async () => {
    const traceIds = [await sendSpan(), await sendSpan()];
    await vi.waitUntil(async () => (await ask(`/api/traces/${traceIds[1]}`)).status === 200, {
      timeout: 20_000,
    });
    for (const traceId of traceIds) await (await ask(`/api/traces/${traceId}`)).text();
    const server = await untilServer(
      (told) =>
        (findRoute(told, "GET", "/api/traces/:traceId")?.count ?? 0) >= 3 &&
        (findRoute(told, "POST", "/v1/traces")?.count ?? 0) >= 2,
    );
    expect(findRoute(server, "POST", "/v1/traces")).toMatchObject({ kind: "ingest", failed: 0, refused: 0 });
    expect(findRoute(server, "GET", "/api/traces/:traceId")).toMatchObject({ kind: "read", failed: 0 });
    expect(JSON.stringify(server)).not.toContain(traceIds[0]);
    for (const { p50Ms, p95Ms, p99Ms, maxMs } of server.requests) {
      const rising = [0, p50Ms, p95Ms, p99Ms, maxMs].map(Number);
      expect(rising).toEqual(rising.toSorted((left, right) => left - right));
    }
  });

  it("counts whatever is asked for and not there as one route", async () => {
    for (let index = 0; index < 30; index += 1) await ask(`/api/no-such-thing-${index}`);
    const server = await untilServer((told) => (findRoute(told, "GET", "unknown")?.count ?? 0) >= 30);
    expect(findRoute(server, "GET", "unknown")).toMatchObject({ kind: "other", failed: 0 });
    expect(findRoute(server, "GET", "unknown")?.refused).toBe(findRoute(server, "GET", "unknown")?.count);
    expect(JSON.stringify(server) + (await readMetrics())).not.toContain("no-such-thing");
  });

  it("counts those it turned away by the routes they were for", async () => {
    await ask("/api/keys", { key: "wrong" });
    await ask("/api/keys", { key: keys.sender });
    const server = await untilServer((told) => findRoute(told, "GET", "/api/keys")?.refused === 2);
    expect(findRoute(server, "GET", "/api/keys")).toMatchObject({ kind: "change", count: 2, failed: 0 });
  });

  it("counts calls over gRPC beside those over HTTP", async () => {
    const path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    const client = connect(`http://127.0.0.1:${test.server.grpcPort}`);
    const headers = { ":method": "POST", ":path": path, "content-type": "application/grpc" };
    const call = async (key: string): Promise<void> => {
      const stream = client.request({ ...headers, authorization: `Bearer ${key}` });
      stream.end(Buffer.alloc(5)); // an empty message
      await once(stream.resume(), "close");
    };
    await call(keys.sender);
    await call("wrong");
    const given = client.request({ ...headers, authorization: `Bearer ${keys.sender}` });
    given.on("error", () => undefined);
    given.write(Buffer.from([0, 0, 0, 1, 0])); // the beginning of a message of 256 bytes
    await new Promise((resolve) => client.ping(resolve)); // the server has it
    given.close(constants.NGHTTP2_CANCEL);
    const server = await untilServer((told) => findRoute(told, "gRPC", path)?.count === 3);
    client.close();
    expect(findRoute(server, "gRPC", path)).toMatchObject({
      kind: "ingest",
      failed: 0,
      refused: 1,
      abandoned: 1,
    });
  });

  it("puts last what waits on purpose", async () => {
    const { cursor } = (await (await ask("/api/live")).json()) as { cursor: string };
    const waiting = ask(`/api/live?after=${cursor}`);
    for (let index = 0; index < 10; index += 1) await readServer(); // it waits longer than any of these takes
    await sendSpan();
    await (await waiting).text();
    const { requests } = await untilServer((told) => (findRoute(told, "GET", "/api/live")?.count ?? 0) >= 2);
    expect(requests.at(-1)).toMatchObject({ route: "/api/live", kind: "wait" });
    const p95s = requests.filter(({ kind }) => kind !== "wait").map(({ p95Ms }) => p95Ms ?? 0);
    expect(p95s).toEqual(p95s.toSorted((left, right) => right - left));
  });

  it("tells how long data waited until they could be read", async () => {
    await sendSpan();
    const { lag, operations } = await untilServer(
      (told) => told.lag.recent.count > 0 && told.lag.waiting.segments === 0,
    );
    expect(lag.waiting).toEqual({ segments: 0, bytes: 0, oldestAgeMs: null });
    expect(lag.newestMs).toBeGreaterThan(10); // a segment is sealed here 20 ms after its first row
    expect(lag.recent.maxMs).toBeGreaterThanOrEqual(lag.newestMs ?? Infinity);
    expect(operations.map(({ operation }) => operation)).toEqual(["read", "insert", "command", "maintain"]);
    for (const { operation, count, maxMs, failures } of operations.slice(0, 2)) {
      expect([operation, count > 0, (maxMs ?? 0) > 0, failures]).toEqual([operation, true, true, {}]);
    }
  });

  it("tells what the store works on, what waits, and which route was slow for it", async () => {
    const release = await holdReaders();
    let heldFrom: number;
    let heldMs: number;
    const client = new AbortController();
    try {
      const waiting = ask("/api/traces/facets").then((response) => response.text());
      const { queue } = await untilServer((told) => told.queue.readsWaiting > 0);
      heldFrom = performance.now();
      expect(queue).toMatchObject({ readsRunning: 2, maxReadsRunning: 2, maxReadsWaiting: 128 });
      expect(queue.oldestReadWaitMs).toBeGreaterThan(0);
      const given = ask("/api/overview", { signal: client.signal }).catch(() => undefined);
      await untilServer((told) => told.queue.readsWaiting > queue.readsWaiting);
      expect(await readMetrics()).toMatch(/^spanlight_store_reads_running 2$/m);
      client.abort();
      await given;
      await untilServer((told) => findRoute(told, "GET", "/api/overview")?.abandoned === 1);
      heldMs = performance.now() - heldFrom;
      await release();
      await waiting;
    } finally {
      await release();
    }
    const server = await untilServer((told) => findRoute(told, "GET", "/api/traces/facets")?.count === 1);
    expect(findRoute(server, "GET", "/api/traces/facets")?.maxMs).toBeGreaterThanOrEqual(heldMs);
    expect(server.queue.oldestReadWaitMs).toBeNull();
    expect(server.operations[0]).toMatchObject({ operation: "read", failures: { query_cancelled: 1 } });
    expect(server.operations[0]?.maxMs).toBeGreaterThanOrEqual(heldMs);
  });

  it("tells what is free on the disk, and what takes how much", async () => {
    await sendSpan();
    const added = await ask("/api/keys", { method: "POST", body: JSON.stringify({ scopes: ["read"] }) });
    expect(added.status).toBe(201);
    const bytesOf = ({ disk }: Server, kind: string): number =>
      disk.used.find((used) => used.kind === kind)?.bytes ?? 0;
    const { disk } = await untilServer(
      (told) => bytesOf(told, "spans") > 0 && bytesOf(told, "audit_log") > 0 && bytesOf(told, "spool") > 0,
    );
    expect(disk.totalBytes).toBeGreaterThan(disk.freeBytes);
    expect(disk.freeBytes).toBeGreaterThan(0);
    expect(disk.reserveBytes).toBe(Math.min(1024 ** 3, Math.floor(disk.totalBytes * 0.02)));
    expect(disk.isStoreRemote).toBe(false);
    expect(disk.used.map(({ kind }) => kind).toSorted()).toEqual([
      "audit_log",
      "contents",
      "kept_series",
      "logs",
      "metrics",
      "native_journal",
      "outdated",
      "quarantine",
      "spans",
      "spool",
    ]);
  });

  it("tells this to those who may read the project default alone", async () => {
    const askAs = async (key: string): Promise<number> => (await ask("/api/server", { key })).status;
    expect(await Promise.all([askAs(own), askAs(keys.shop), askAs(keys.sender), askAs("wrong")])).toEqual([
      200, 404, 403, 401,
    ]);
  });
});

describe("/metrics", () => {
  it("has what the server counts of itself, as promtool wants it", async (context) => {
    await (await ask(`/api/traces/${await sendSpan()}`)).text();
    await untilServer((told) => findRoute(told, "GET", "/api/traces/:traceId") !== undefined);
    const text = await readMetrics();
    for (const line of [
      /^spanlight_request_duration_seconds_bucket\{route="\/v1\/traces",method="POST",status="2xx",le="\+Inf"\} [1-9]/m,
      /^spanlight_request_duration_seconds_count\{route="\/api\/traces\/:traceId",method="GET",status="\dxx"\} [1-9]/m,
      /^spanlight_store_operation_duration_seconds_count\{operation="insert",outcome="ok"\} [1-9]/m,
      /^spanlight_ingest_lag_seconds_sum \d/m,
      /^spanlight_event_loop_delay_seconds_count [1-9]/m,
      /^spanlight_store_reads_waiting 0$/m,
      /^spanlight_disk_free_bytes [1-9]/m,
      /^spanlight_disk_used_bytes\{kind="spool"\} \d/m,
      /^spanlight_process_cpu_seconds_total\{mode="user"\} \d/m,
    ]) {
      expect(text).toMatch(line);
    }
    const histograms = [...text.matchAll(/^# TYPE (\S+) histogram$/gm)].map(([, name]) => name);
    expect(histograms.toSorted()).toEqual([
      "spanlight_event_loop_delay_seconds",
      "spanlight_ingest_lag_seconds",
      "spanlight_request_duration_seconds",
      "spanlight_store_operation_duration_seconds",
    ]);
    const buckets = [
      ...text.matchAll(/^spanlight_request_duration_seconds_bucket\{route="\/v1\/traces",.*\} (\d+)$/gm),
    ];
    const counts = buckets.map(([, count]) => Number(count));
    expect(counts).toEqual(counts.toSorted((left, right) => left - right));
    if (spawnSync("promtool", ["--version"]).status !== 0) context.skip("promtool is not installed");
    const checked = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
    expect([checked.status, checked.stderr]).toEqual([0, ""]);
  });
});

describe("the health", () => {
  const readHealth = async (server: TestServer): Promise<Health> =>
    healthSchema.parse(await (await fetch(`${server.server.url}/.well-known/health`)).json());

  it("says ok of a disk with room", async () => {
    expect((await readHealth(test)).checks["disk"]).toMatchObject({ status: "ok" });
  });

  it("is degraded where less is free than shall be, while everything is still taken", async () => {
    const full = await startTestServer({ environment: { SPANLIGHT_DISK_RESERVE_BYTES: "4503599627370496" } });
    try {
      const { status, checks } = await readHealth(full);
      expect([status, checks["disk"]?.status]).toEqual(["degraded", "degraded"]);
      expect(checks["disk"]?.message).toMatch(
        /^\S+ [KMGT]iB of \S+ [KMGT]iB are free on the disk of the data directory, less than the 4096 TiB that shall be \(SPANLIGHT_DISK_RESERVE_BYTES\)/,
      );
      const { disk } = serverSchema.parse(await (await fetch(`${full.server.url}/api/server`)).json());
      expect([disk.isBelowReserve, disk.reserveBytes]).toEqual([true, 2 ** 52]);
      const sent = await fetch(`${full.server.url}/v1/traces`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ resourceSpans: [] }),
      });
      expect(sent.status).toBe(200);
    } finally {
      await full.close();
    }
  });

  it("is degraded, not down, while others keep the store busy", async () => {
    const release = await holdReaders();
    try {
      const { status, checks } = await readHealth(test);
      expect([status, checks["store"]?.status]).toEqual(["degraded", "degraded"]);
      expect(checks["store"]?.message).toMatch(/^busy: .* 2 of at most 2 \(SPANLIGHT_STORE_READERS\) run/);
    } finally {
      await release();
    }
  });
});
