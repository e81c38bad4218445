// The whole server before a ClickHouse server in another process, and a network between them that fails in every way it can.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serverSchema, type Server } from "@spanlight/contract";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readSettings, type Settings } from "../config/config.ts";
import { startClickHouse, type Fault, type TestClickHouse } from "../store/clickhouse-server.fixture.ts";
import { openStore } from "./open-store.ts";
import { startServer, type RunningServer } from "./start-server.ts";

let clickHouse: TestClickHouse;
let directory: string;
let settings: Settings;
let server: RunningServer;
const logged: string[] = [];
const sent: number[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-remote-store-"));
  clickHouse = await startClickHouse();
  settings = readSettings({
    environment: {
      SPANLIGHT_DATA: directory,
      SPANLIGHT_PORT: "0",
      SPANLIGHT_SEGMENT_AGE_MS: "20",
      SPANLIGHT_STORE: clickHouse.url.replace("http://", "http://default:secret-password@"),
    },
    flags: {},
  });
  server = await start();
}, 60_000);
afterAll(async () => {
  await server.close();
  await clickHouse.close();
  rmSync(directory, { recursive: true });
});

const start = (): Promise<RunningServer> =>
  startServer(settings, (level, message, fields) =>
    logged.push(JSON.stringify({ level, message, ...fields })),
  );
const id = (number: number, digits: number): string => number.toString(16).padStart(digits, "0");
const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });

/** Ten model calls with content, ten log records and a data point; resolves once they are acknowledged. */
async function send(trace: number): Promise<void> {
  const endNs = BigInt(Date.now()) * 1_000_000n;
  const times = { startTimeUnixNano: String(endNs - 1_000_000n), endTimeUnixNano: String(endNs) };
  const each = Array.from({ length: 10 }, (_, index) => index);
  const spans = each.map((index) => ({
    traceId: id(trace, 32),
    spanId: id(trace * 10 + index + 1, 16),
    name: "chat",
    ...times,
    attributes: [
      text("gen_ai.operation.name", "chat"),
      text("gen_ai.request.model", "gpt-5-mini"),
      text("team", `team ${trace}`),
      text(
        "gen_ai.input.messages",
        `[{"role":"user","parts":[{"type":"text","content":"question ${trace}"}]}]`,
      ),
    ],
  }));
  const logRecords = each.map((index) => ({
    timeUnixNano: String(endNs),
    body: { stringValue: `${trace} ${index}` },
  }));
  const dataPoints = [
    { timeUnixNano: String(endNs), asDouble: trace, attributes: [text("trace", String(trace))] },
  ];
  const bodies = {
    traces: { resourceSpans: [{ scopeSpans: [{ spans }] }] },
    logs: { resourceLogs: [{ scopeLogs: [{ logRecords }] }] },
    metrics: {
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "pushed", gauge: { dataPoints } }] }] }],
    },
  };
  for (const [signal, body] of Object.entries(bodies)) {
    const response = await fetch(`${server.url}/v1/${signal}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect([response.status, await response.text()]).toEqual([200, "{}"]);
  }
  sent.push(trace);
}

interface Account {
  readonly received: number;
  readonly stored: number;
  readonly inSpool: number;
}

async function untilStored(): Promise<void> {
  const read = async (): Promise<number[][]> => {
    const ingest = (await (await fetch(`${server.url}/api/ingest`)).json()) as Record<string, Account>;
    return ["traces", "logs", "metrics"].map((signal) => {
      const { received, stored, inSpool } = ingest[signal]!;
      expect(received).toBe(stored + inSpool);
      return [stored, inSpool];
    });
  };
  const total = sent.length;
  await vi.waitFor(
    async () =>
      expect(await read()).toEqual([
        [total * 10, 0],
        [total * 10, 0],
        [total, 0],
      ]),
    { timeout: 30_000, interval: 50 },
  );
}

/** Every item of every request sent, counted in the store. */
async function expectEachOnce(): Promise<void> {
  const store = await openStore(settings);
  const count = async (sql: string): Promise<unknown> => (await store.engine.query({ sql }))[0];
  const items = String(sent.length * 10);
  expect(await count("SELECT count() AS rows, uniqExact(span_id) AS unique FROM spans")).toEqual({
    rows: items,
    unique: items,
  });
  expect(await count("SELECT count() AS rows, uniqExact(span_id) AS unique FROM contents")).toEqual({
    rows: items,
    unique: items,
  });
  expect(await count("SELECT count() AS rows, uniqExact(body) AS unique FROM logs")).toEqual({
    rows: items,
    unique: items,
  });
  expect(await count("SELECT count() AS rows, uniqExact(value) AS unique FROM metric_samples")).toEqual({
    rows: String(sent.length),
    unique: String(sent.length),
  });
  await store.close();
}

describe("a server whose store is a ClickHouse server", () => {
  it("shows what it was sent", async () => {
    await send(1);
    await untilStored();
    const trace = (await (await fetch(`${server.url}/api/traces/${id(1, 32)}`)).json()) as {
      spans: { attributes: object; inputMessages: object[] }[];
    };
    expect(trace.spans).toHaveLength(10);
    expect(trace.spans[0]).toMatchObject({
      attributes: { team: "team 1" },
      inputMessages: [{ role: "user", parts: [{ type: "text", content: "question 1" }] }],
    });
    const query = new URLSearchParams({ query: 'pushed{trace="1"}' });
    expect(await (await fetch(`${server.url}/prometheus/api/v1/query?${query}`)).text()).toContain(
      '"pushed"',
    );
    await expectEachOnce();
  });

  it.each<Fault>(["down", "reset", "late", "slow", "impostor"])(
    "acknowledges what comes while the store is behind the fault '%s', and stores it once",
    async (fault) => {
      const metBefore = clickHouse.met[fault];
      clickHouse.setFault((sql) => (sql.startsWith("INSERT") || fault === "down" ? fault : "none"));
      for (let count = 0; count < 3; count += 1) await send(sent.length + 1);
      await vi.waitFor(() => expect(clickHouse.met[fault]).toBeGreaterThan(metBefore + 1), 10_000);
      await send(sent.length + 1);
      clickHouse.setFault(() => "none");
      await untilStored();
      await clickHouse.releaseLate();
      await expectEachOnce();
    },
    60_000,
  );

  it("answers no question from what says 200 and is no ClickHouse server", async () => {
    clickHouse.setFault(() => "impostor");
    const answers = await Promise.all(
      ["/api/traces", "/api/prices/unpriced"].map((path) => fetch(`${server.url}${path}`)),
    );
    clickHouse.setFault(() => "none");
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(await answer.text()).toContain("no ClickHouse server");
    }
  });

  it("tells how it is doing while the store is down, too", async () => {
    const read = async (): Promise<Server> =>
      serverSchema.parse(await (await fetch(`${server.url}/api/server`)).json());
    const readFailures = ({ operations }: Server): number =>
      operations.find(({ operation }) => operation === "insert")?.failures["store_unavailable"] ?? 0;
    const before = await read();
    clickHouse.setFault(() => "down");
    await send(sent.length + 1);
    await vi.waitFor(async () => {
      const told = await read();
      expect(readFailures(told)).toBeGreaterThan(readFailures(before));
      // Sizes are some seconds old.
      expect(told.disk.used.find(({ kind }) => kind === "spool")?.bytes).toBeGreaterThan(0);
    }, 20_000);
    const { disk, lag } = await read();
    expect(disk.isStoreRemote).toBe(true);
    expect(disk.used.map(({ kind }) => kind)).not.toContain("spans");
    expect(lag.waiting.segments).toBeGreaterThan(0);
    const metrics = await fetch(`${server.url}/metrics`);
    expect(metrics.status).toBe(200);
    expect(await metrics.text()).not.toMatch(/^spanlight_store_rows/m);
    const waitedMs = lag.waiting.oldestAgeMs ?? Infinity;
    clickHouse.setFault(() => "none");
    await untilStored();
    await vi.waitFor(
      async () => expect((await read()).lag.recent.maxMs).toBeGreaterThanOrEqual(waitedMs),
      10_000,
    );
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/^spanlight_store_rows [1-9]/m);
  }, 60_000);

  it("stops in time while the store is down, and the next start stores what waited", async () => {
    clickHouse.setFault(() => "down");
    await send(sent.length + 1);
    await server.close();
    const starting = start(); // waits for the store
    await vi.waitFor(() => expect(logged.join("\n")).toContain("store does not answer yet"), 10_000);
    clickHouse.setFault(() => "none");
    server = await starting;
    await server.ready;
    await untilStored();
    await expectEachOnce();
  }, 60_000);

  it("shares its database with no server of the same number, and with one of another", async () => {
    const other = mkdtempSync(join(tmpdir(), "spanlight-remote-other-"));
    const begin = (writer: number): Promise<RunningServer> =>
      startServer({ ...settings, data: other, writer, store_wait_ms: 1 }, () => undefined);
    await expect(begin(0)).rejects.toMatchObject({
      code: "writer_taken",
      message: expect.stringContaining("SPANLIGHT_WRITER=0"),
    });
    await (await begin(1)).close();
    rmSync(other, { recursive: true });
  }, 60_000);

  it("keeps the store's password out of its log", () => {
    expect(logged.join("\n")).toContain("insert failed");
    expect(logged.join("\n")).not.toContain("secret-password");
  });

  it("refuses a backup in one sentence that says what to do instead", async () => {
    const { readOperatorAddress } = await import("./operator-door.ts");
    const response = await fetch(`${server.url}/api/operator/backup`, {
      method: "POST",
      headers: { authorization: `Bearer ${readOperatorAddress(directory)?.token}` },
      body: JSON.stringify({ directory: join(directory, "..", "never") }),
    });
    expect(await response.text()).toContain("its own BACKUP command");
  });
});
