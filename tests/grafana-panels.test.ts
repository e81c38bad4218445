// Every query of the Grafana dashboard, asked of the server as Grafana asks it, over calls like those of the demo.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../packages/server/src/main/server.fixture.ts";

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly instant?: boolean }[];
}

const dashboard = JSON.parse(
  readFileSync(join(import.meta.dirname, "../deploy/grafana/spanlight-llm.json"), "utf8"),
) as { readonly panels: readonly Panel[] };
const targets = dashboard.panels.flatMap(({ title, targets: own = [] }) =>
  own.map(({ expr, instant = false }, index) => ({ title: `${title} ${index + 1}`, expr, instant })),
);

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const nowMs = Date.now();
let test: TestServer;

type Attributes = Readonly<Record<string, string | number>>;

function toAttributes(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === "string" ? { stringValue: value } : { doubleValue: value },
  }));
}

function toTokens(attributes: Readonly<Record<string, number>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: { intValue: String(value) } }));
}

let spanCount = 0;

function makeSpan(endMs: number, ms: number, attributes: object[], failed = false): object {
  spanCount += 1;
  const id = spanCount.toString(16);
  return {
    traceId: id.padStart(32, "0"),
    spanId: id.padStart(16, "0"),
    name: "call",
    kind: 3,
    startTimeUnixNano: String(BigInt(endMs - ms) * 1_000_000n),
    endTimeUnixNano: String(BigInt(endMs) * 1_000_000n),
    attributes,
    status: failed ? { code: 2, message: "failed" } : {},
  };
}

/** What happens in ten seconds: a call of each model, one of them failed, repeated or passed on; a retrieval, a tool. */
function makeSpans(endMs: number, index: number): object[] {
  const failed = index % 5 === 0;
  const call = (model: string, more: Attributes): object[] => [
    ...toAttributes({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": model,
      "gen_ai.response.time_to_first_chunk": 0.4,
      "user.id": `user ${index % 4}`,
      ...more,
    }),
    ...toTokens({
      "gen_ai.usage.input_tokens": 30_000,
      "gen_ai.usage.output_tokens": 300,
      "gen_ai.usage.cache_read.input_tokens": 10_000,
    }),
  ];
  const tool = toAttributes({
    "gen_ai.operation.name": "execute_tool",
    "gen_ai.tool.name": "find_order",
    ...(failed ? { "error.type": "TypeError" } : {}),
  });
  return [
    makeSpan(endMs, 900, call("gpt-4o-mini", failed ? { "error.type": "429" } : {}), failed),
    makeSpan(endMs - 1, 700, call("gpt-4o", failed ? { "app.attempt": "2" } : {})),
    makeSpan(endMs - 2, 500, call("our-own-8b", failed ? { "app.fallback.from": "gpt-4o" } : {})),
    makeSpan(endMs - 3, 80, toAttributes({ "gen_ai.operation.name": "retrieval" })),
    makeSpan(endMs - 4, 120, tool, failed),
  ];
}

async function send(path: string, body: object): Promise<void> {
  const answer = await fetch(`${test.server.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect(answer.status, await answer.text()).toBe(200);
}

const resource = {
  attributes: toAttributes({ "service.name": "support-bot", "deployment.environment.name": "demo" }),
};

async function sendSpans(): Promise<void> {
  // Every ten seconds of twenty minutes, and of the same time the day before.
  const ages = Array.from({ length: 120 }, (_empty, index) => (120 - index) * 10_000);
  const spans = [DAY_MS, 0].flatMap((earlierMs) =>
    ages.flatMap((ageMs, index) => makeSpans(nowMs - earlierMs - ageMs, index)),
  );
  await send("/v1/traces", { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
}

async function sendScores(): Promise<void> {
  const logRecords = ["faithfulness", "answer_relevance"].flatMap((name) =>
    Array.from({ length: 20 }, (_empty, index) => ({
      timeUnixNano: String(BigInt(nowMs - (20 - index) * 30_000) * 1_000_000n),
      eventName: "gen_ai.evaluation.result",
      traceId: (spanCount - 4 - 5 * index).toString(16).padStart(32, "0"),
      attributes: toAttributes({ "gen_ai.evaluation.name": name, "gen_ai.evaluation.score.value": 0.8 }),
    })),
  );
  await send("/v1/logs", { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
}

async function sendBreaker(): Promise<void> {
  const attributes = toAttributes({ service: "support-bot" });
  const dataPoints = [{ timeUnixNano: `${nowMs}000000`, asDouble: 1, attributes }];
  const metrics = [{ name: "llm_circuit_breaker_state", gauge: { dataPoints } }];
  await send("/v1/metrics", { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] });
}

beforeAll(async () => {
  test = await startTestServer();
  await sendSpans();
  await sendScores();
  await sendBreaker();
  for (let inSpool = 1; inSpool > 0; await delay(20)) {
    const answer = await fetch(`${test.server.url}/api/ingest`);
    const ingest = (await answer.json()) as Record<"traces" | "metrics" | "logs", { inSpool: number }>;
    inSpool = ingest.traces.inSpool + ingest.metrics.inSpool + ingest.logs.inSpool;
  }
});
afterAll(() => test.close());

/** A query as Grafana sends it, with its variables filled in. */
function fillIn(expr: string): string {
  return expr
    .replaceAll("$__rate_interval", "1m")
    .replaceAll("$__interval", "15s")
    .replaceAll("$__range", "6h")
    .replaceAll(/\$\{?[a-z]+\}?/g, ".*");
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly data: {
    readonly result: readonly {
      readonly value?: readonly [number, string];
      readonly values?: readonly (readonly [number, string])[];
    }[];
  };
}

async function ask(expr: string, instant: boolean): Promise<Answer> {
  const endS = Math.ceil(nowMs / 1000);
  const range = { start: String(endS - 900), end: String(endS), step: "15" };
  const form = new URLSearchParams({ query: fillIn(expr), ...(instant ? { time: String(endS) } : range) });
  const path = `/prometheus/api/v1/${instant ? "query" : "query_range"}`;
  const answer = await fetch(`${test.server.url}${path}`, { method: "POST", body: form });
  return (await answer.json()) as Answer;
}

describe("a panel of the Grafana dashboard", () => {
  it("is one of at least sixteen", () => {
    expect(new Set(dashboard.panels.filter(({ type }) => type !== "row")).size).toBeGreaterThanOrEqual(16);
  });

  it.each(targets)("shows something: $title", async ({ expr, instant }) => {
    const { status, error, warnings, data } = await ask(expr, instant);
    expect([status, error, warnings]).toEqual(["success", undefined, undefined]);
    const values = data.result.flatMap(({ value, values: many = [] }) => [
      ...(value === undefined ? [] : [value]),
      ...many,
    ]);
    expect(values.length).toBeGreaterThan(0);
    expect(values.some(([, text]) => Number.isFinite(Number(text)))).toBe(true);
  });

  it("shows what was sent: an error ratio, an open breaker, faithfulness, users", async () => {
    const last = async (expr: string): Promise<number> => {
      const { data } = await ask(expr, true);
      return Number(data.result[0]?.value?.[1]);
    };
    expect(
      await last("sum(increase(llm_errors_total[10m])) / sum(increase(llm_requests_total[10m]))"),
    ).toBeCloseTo(1 / 15, 1);
    expect(await last("sum(llm_circuit_breaker_state)")).toBe(1);
    expect(
      await last(
        "sum(increase(llm_faithfulness_score_sum[1h])) / sum(increase(llm_faithfulness_score_count[1h]))",
      ),
    ).toBeCloseTo(0.8, 5);
    expect(await last("sum(llm_active_users)")).toBe(4);
  });
});
