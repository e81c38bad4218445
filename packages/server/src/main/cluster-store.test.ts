// A cluster of one shard, read through Distributed tables, answers as the embedded engine does; so far as one process can show it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readSettings } from "../config/config.ts";
import { startClickHouse, type TestClickHouse } from "../store/clickhouse-server.fixture.ts";
import { openStore } from "./open-store.ts";
import { startTestServer, type TestServer } from "./server.fixture.ts";
import { startServer, type RunningServer } from "./start-server.ts";

let clickHouse: TestClickHouse;
let directory: string;
let onCluster: RunningServer;
let embedded: TestServer;
const endMs = Date.now() - 60_000;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-cluster-"));
  clickHouse = await startClickHouse();
  onCluster = await startServer(readClusterSettings(), () => undefined);
  embedded = await startTestServer();
  for (const { url } of [onCluster, embedded.server]) {
    await send(url);
    await untilStored(url);
  }
}, 60_000);
afterAll(async () => {
  await onCluster.close();
  await embedded.close();
  await clickHouse.close();
  rmSync(directory, { recursive: true });
});

const readClusterSettings = (): ReturnType<typeof readSettings> =>
  readSettings({
    environment: {
      SPANLIGHT_DATA: directory,
      SPANLIGHT_PORT: "0",
      SPANLIGHT_SEGMENT_AGE_MS: "20",
      SPANLIGHT_STORE: `${clickHouse.url}?cluster=main`,
      SPANLIGHT_WRITER: "3",
      SPANLIGHT_HOUSEKEEPING_INTERVAL_MS: "100",
    },
    flags: {},
  });

const id = (number: number, digits: number): string => number.toString(16).padStart(digits, "0");
const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });

/** Forty calls of two models in four conversations, with content, a log record each, and a pushed series. */
async function send(url: string): Promise<void> {
  const each = Array.from({ length: 40 }, (_, index) => index);
  const spans = each.map((index) => ({
    traceId: id(1 + (index % 4), 32),
    spanId: id(index + 1, 16),
    name: `chat ${index % 3}`,
    startTimeUnixNano: String(BigInt(endMs - 5000 + index * 10) * 1_000_000n),
    endTimeUnixNano: String(BigInt(endMs - 4000 + index * 20) * 1_000_000n),
    status: { code: index % 7 === 0 ? 2 : 0 },
    attributes: [
      text("gen_ai.operation.name", "chat"),
      text("gen_ai.request.model", index % 2 === 0 ? "gpt-5-mini" : "claude-haiku-4-5"),
      text("session.id", `session ${index % 4}`),
      text("user.id", `user ${index % 5}`),
      { key: "gen_ai.usage.input_tokens", value: { intValue: 100 + index } },
      text(
        "gen_ai.input.messages",
        `[{"role":"user","parts":[{"type":"text","content":"question ${index}"}]}]`,
      ),
    ],
  }));
  const times = each.map((index) => String(BigInt(endMs + index) * 1_000_000n));
  const logRecords = times.map((timeUnixNano, index) => ({
    timeUnixNano,
    body: { stringValue: `line ${index}` },
  }));
  const dataPoints = times.map((timeUnixNano, index) => ({
    timeUnixNano,
    asDouble: index,
    attributes: [text("team", `${index % 3}`)],
  }));
  const resource = { attributes: [text("service.name", "bot")] };
  const bodies = {
    traces: { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] },
    logs: { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] },
    metrics: {
      resourceMetrics: [
        { resource, scopeMetrics: [{ metrics: [{ name: "pushed", gauge: { dataPoints } }] }] },
      ],
    },
  };
  for (const [signal, body] of Object.entries(bodies)) {
    const response = await fetch(`${url}/v1/${signal}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect([response.status, await response.text()]).toEqual([200, "{}"]);
  }
}

async function untilStored(url: string): Promise<void> {
  const read = async (): Promise<number[]> => {
    const ingest = (await (await fetch(`${url}/api/ingest`)).json()) as Record<string, { stored: number }>;
    return ["traces", "logs", "metrics"].map((signal) => ingest[signal]!.stored);
  };
  await vi.waitFor(async () => expect(await read()).toEqual([40, 40, 40]), { timeout: 30_000, interval: 50 });
}

const range = new URLSearchParams({
  from: new Date(endMs - 600_000).toISOString(),
  to: new Date(endMs + 60_000).toISOString(),
});
const grid = { start: String((endMs - 120_000) / 1000), end: String((endMs + 60_000) / 1000), step: "20" };
const overTime = (query: string): string =>
  `/prometheus/api/v1/query_range?${new URLSearchParams({ ...grid, query })}`;

describe("what a cluster answers", () => {
  it.each([
    `/api/traces?${range}`,
    `/api/traces?${range}&model=gpt-5-mini&status=error`,
    `/api/traces?${range}&q=question`,
    `/api/traces?${range}&limit=2`,
    `/api/traces/facets?${range}`,
    `/api/traces/${id(2, 32)}`,
    `/api/traces/${id(2, 32)}/spans/${id(2, 16)}`,
    `/api/overview?${range}`,
    `/api/overview?${range}&groupBy=model`,
    `/api/services?${range}`,
    overTime("sum by (model, user_id) (llm_requests_total)"),
    overTime("histogram_quantile(0.95, sum by (le) (rate(llm_latency_ms_bucket[1m])))"),
    overTime("max by (team) (pushed)"),
    `/prometheus/api/v1/series?${new URLSearchParams({ ...grid, "match[]": "pushed" })}`,
    `/prometheus/api/v1/label/team/values?${new URLSearchParams(grid)}`,
    `/prometheus/api/v1/metadata?metric=pushed`,
  ])("to %s is what the embedded engine does", async (path) => {
    const ask = async (url: string): Promise<unknown> => {
      const response = await fetch(url + path);
      expect(response.status, await response.clone().text()).toBe(200);
      return response.json();
    };
    const answer = await ask(onCluster.url);
    expect(JSON.stringify(answer)).toMatch(/gpt-5-mini|chat|bot|pushed|"[012]"|values|question|requests/);
    expect(answer).toEqual(await ask(embedded.server.url));
  });

  it("has every row in the table of a shard, under numbers of its writer", async () => {
    const { engine } = await openStore(readClusterSettings());
    const sql = "SELECT count() AS rows, min(bitShiftRight(block, 40)) AS writer FROM spans_local";
    expect(await engine.query({ sql })).toEqual([{ rows: "40", writer: "3" }]);
    await engine.close();
    await vi.waitFor(async () => {
      const metrics = await (await fetch(`${onCluster.url}/metrics`)).text();
      expect(metrics).toMatch(/spanlight_store_rows [1-9]/);
      expect(metrics).toMatch(/spanlight_retention_bytes\{kind="traces"\} [1-9]/);
    }, 10_000);
  });

  it("is billed once for a call that two instrumentations report, on every shard", async () => {
    const [outer, inner] = [id(0xa1, 16), id(0xa2, 16)];
    await sendCall(onCluster.url, { spanId: outer });
    await sendCall(onCluster.url, { spanId: inner, parentSpanId: outer });
    await vi.waitFor(
      async () => {
        const response = await fetch(`${onCluster.url}/api/traces/${twiceReported}`);
        const { spans } = (await response.json()) as { spans: { spanId: string; billed: boolean }[] };
        expect(spans.map(({ spanId, billed }) => [spanId, billed])).toEqual([
          [outer, false],
          [inner, true],
        ]);
      },
      { timeout: 60_000, interval: 100 },
    );
  }, 90_000);
});

const twiceReported = "ab".repeat(16);

async function sendCall(url: string, span: { spanId: string; parentSpanId?: string }): Promise<void> {
  const attributes = [
    text("gen_ai.operation.name", "chat"),
    text("gen_ai.request.model", "gpt-5-mini"),
    { key: "gen_ai.usage.input_tokens", value: { intValue: 100 } },
  ];
  const startMs = span.parentSpanId === undefined ? endMs : endMs + 1;
  const startTimeUnixNano = String(BigInt(startMs) * 1_000_000n);
  const times = { startTimeUnixNano, endTimeUnixNano: startTimeUnixNano };
  const spans = [{ traceId: twiceReported, name: "chat", ...span, ...times, attributes }];
  const response = await fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
  });
  expect(response.status).toBe(200);
}
