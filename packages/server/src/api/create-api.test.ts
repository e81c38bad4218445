import {
  liveSchema,
  overviewSchema,
  pickersSchema,
  problemSchema,
  spanSchema,
  traceFacetsSchema,
  traceListSchema,
  traceSchema,
} from "@spanlight/contract";
import type { Hono } from "hono";
import { beforeAll, expect, test } from "vitest";
import { createQueries } from "../query/create-queries.ts";
import { insertSpans, spanId, traceId } from "../query/spans.fixture.ts";
import { createTestStore } from "../store/store.fixture.ts";
import { createApi } from "./create-api.ts";
import { createLiveFeed } from "./live.ts";

const nowMs = Date.UTC(2026, 10, 21, 1);
const live = createLiveFeed("run");
const reported: unknown[] = [];
let api: Hono;
let notReady: string | undefined;

beforeAll(async () => {
  const store = await createTestStore();
  await insertSpans(store, [
    {
      trace: 1,
      span: 1,
      at: 0,
      ms: 900,
      name: "POST /ask",
      columns: { kind: 2, resource: '{"service.name":"shop"}' },
    },
    {
      trace: 1,
      span: 2,
      parent: 1,
      at: 100,
      ms: 700,
      name: "chat gpt-5-mini",
      status: 2,
      attributes: {
        "gen_ai.request.temperature": "0.5",
        big: "9007199254740993",
        list: "[1,2]",
        flag: "true",
      },
      columns: {
        kind: 3,
        dialect: "otel",
        span_type: "model",
        billed: 1,
        model: "gpt-5-mini",
        provider: "openai",
        operation: "chat",
        input_tokens: 1200,
        output_tokens: 30,
        cache_read_tokens: 1000,
        cost_usd: 0.0042,
        ttft_ms: 320.5,
        finish_reasons: "stop,length",
        error_type: "429",
        rest_attribute_types: "dijb",
        events: JSON.stringify([{ time: "2026-11-21T00:00:00.2Z", name: "retry", attributes: { n: 1 } }]),
        links: JSON.stringify([{ traceId: traceId(9), spanId: spanId(9), attributes: {} }]),
      },
      content: {
        "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Hi"}]}]',
        "gen_ai.output.messages":
          '[{"role":"assistant","parts":[{"type":"text","content":"Hello"}],"finish_reason":"stop"}]',
      },
    },
  ]);
  api = createApi({
    queries: createQueries(store, () => ({
      lines: [{ class: "input", tokens: 1200, usdPerMillion: 3.5, costUsd: 0.0042 }],
      pricedBy: null,
    })),
    listUnpriced: () => Promise.resolve({ items: [], nextCursor: null }),
    project: "default",
    version: "1.2.3",
    live,
    readSession: () => ({ session: null }),
    readIngest: () => ({
      traces: { received: 2, stored: 2, rejected: {}, duplicates: 0, inSpool: 0, unpriced: 0, late: 0 },
      metrics: { received: 0, stored: 0, rejected: {}, duplicates: 0, inSpool: 0, unpriced: 0, late: 0 },
      logs: { received: 0, stored: 0, rejected: {}, duplicates: 0, inSpool: 0, unpriced: 0, late: 0 },
      lastReceivedAt: null,
      spool: { segments: 0, bytes: 0, oldestAgeMs: null },
      keys: [],
    }),
    readHealth: () => ({ status: "ok", version: "1.2.3", checks: {} }),
    readNotReadyReason: () => notReady,
    now: () => nowMs,
    report: (error) => reported.push(error),
  });
});

async function get(path: string): Promise<unknown> {
  const response = await api.request(path);
  expect(response.status).toBe(200);
  expect(response.headers.get("cache-control")).toBe("no-store");
  return response.json();
}

test("the list answers the last 24 hours in the contract's shape", async () => {
  const list = traceListSchema.strict().parse(await get("/api/traces"));
  expect(list.items.map((item) => item.traceId)).toEqual([traceId(1)]);
  expect(list.nextCursor).toBeNull();
});

test("times are taken as ISO 8601 and as Unix milliseconds", async () => {
  const iso = await get("/api/traces?from=2026-11-21T00:00:00Z&to=2026-11-21T00:00:01Z");
  const ms = await get(`/api/traces?from=${Date.UTC(2026, 10, 21)}&to=${Date.UTC(2026, 10, 21) + 1000}`);
  expect(ms).toEqual(iso);
  expect(traceListSchema.parse(ms).items).toHaveLength(1);
  expect(await get("/api/traces?from=2026-11-21T00:00:00.000000001Z")).toMatchObject({ items: [] });
});

test("a trace carries its spans with messages, typed attributes, events, links and cost lines", async () => {
  const trace = traceSchema.strict().parse(await get(`/api/traces/${traceId(1)}`));
  expect(trace).toMatchObject({
    name: "POST /ask",
    durationMs: 900,
    status: "ok",
    complete: true,
    spanCount: 2,
    costUsd: 0.0042,
    inputTokens: 1200,
    contentIncluded: true,
    truncated: false,
  });
  const [root, call] = trace.spans;
  expect(root).toMatchObject({
    parentSpanId: null,
    kind: "server",
    resource: { "service.name": "shop" },
    hasContent: false,
  });
  expect(spanSchema.strict().parse(call)).toMatchObject({
    parentSpanId: spanId(1),
    kind: "client",
    status: "error",
    startTime: "2026-11-21T00:00:00.100000000Z",
    durationMs: 700,
    spanType: "model",
    ttftMs: 320.5,
    finishReasons: ["stop", "length"],
    attributes: { "gen_ai.request.temperature": 0.5, big: "9007199254740993", list: [1, 2], flag: true },
    events: [{ time: "2026-11-21T00:00:00.2Z", name: "retry", attributes: { n: 1 } }],
    links: [{ traceId: traceId(9), spanId: spanId(9), attributes: {} }],
    inputMessages: [{ role: "user", parts: [{ type: "text", content: "Hi" }] }],
    outputMessages: [
      { role: "assistant", parts: [{ type: "text", content: "Hello" }], finish_reason: "stop" },
    ],
    costLines: [{ class: "input", tokens: 1200, usdPerMillion: 3.5, costUsd: 0.0042 }],
    pricedBy: null,
  });
});

test("a trace can be asked for without what was said, and a span by itself with it", async () => {
  const trace = traceSchema.parse(await get(`/api/traces/${traceId(1)}?content=none`));
  expect(trace.contentIncluded).toBe(false);
  expect(trace.spans[1]).toMatchObject({ hasContent: true, inputMessages: [] });
  const span = spanSchema.parse(await get(`/api/traces/${traceId(1)}/spans/${spanId(2)}`));
  expect(span.inputMessages).toHaveLength(1);
});

test("overview, facets and pickers answer in the contract's shapes", async () => {
  const overview = overviewSchema
    .strict()
    .parse(await get("/api/overview?from=2026-11-21T00:00:00Z&to=2026-11-21T00:05:00Z&groupBy=model"));
  expect(overview.totals).toMatchObject({ requests: 1, errors: 1, inputTokens: 1200, costUsd: 0.0042 });
  expect(overview.series).toHaveLength(30);
  expect(overview.groups?.map((group) => group.group)).toEqual(["gpt-5-mini"]);
  const facets = traceFacetsSchema.strict().parse(await get("/api/traces/facets"));
  expect(facets.totals).toMatchObject({ traces: 1, errors: 0, costUsd: 0.0042 });
  const pickers = pickersSchema.strict().parse(await get("/api/services"));
  expect(pickers).toMatchObject({ services: ["shop"], models: ["gpt-5-mini"], providers: ["openai"] });
});

test.each([
  ["/api/traces?limit=0", "limit"],
  ["/api/traces?from=yesterday", "from"],
  ["/api/traces?from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z", "from"],
  ["/api/traces?status=bad", "status"],
  ["/api/traces?cursor=x", "cursor"],
  ["/api/traces?minCostUsd=cheap", "minCostUsd"],
  ["/api/traces/nothex", "traceId"],
  [`/api/traces/${traceId(1)}/spans/1`, "spanId"],
  ["/api/overview?step=7s", "step"],
  ["/api/overview?step=10s&from=0", "step"],
  ["/api/overview?groupBy=colour", "groupBy"],
])("%s is a bad request that names %s", async (path, parameter) => {
  const response = await api.request(path);
  expect(response.status).toBe(400);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = problemSchema.strict().parse(await response.json());
  expect(problem).toMatchObject({ status: 400, code: "bad_parameter" });
  expect(problem.detail).toContain(`the parameter ${parameter} `);
});

test.each([
  [`/api/traces/${traceId(404)}`, "trace_not_found"],
  [`/api/traces/${traceId(1)}/spans/${spanId(404)}`, "span_not_found"],
  ["/api/nonsense", "unknown_path"],
])("%s is not found: %s", async (path, code) => {
  const response = await api.request(path);
  expect(response.status).toBe(404);
  expect(problemSchema.parse(await response.json())).toMatchObject({ code });
});

test("the API describes itself", async () => {
  const document = await get("/api/openapi.json");
  expect(document).toMatchObject({
    openapi: "3.1.0",
    info: { version: "1.2.3" },
    paths: {
      "/api/traces": {
        get: {
          parameters: expect.arrayContaining([expect.objectContaining({ name: "limit", in: "query" })]),
        },
      },
      "/api/alerts/files": {
        get: { responses: { 200: {} } },
        post: { requestBody: { required: true }, responses: { 201: {} } },
      },
      "/api/traces/{traceId}": {
        get: {
          parameters: expect.arrayContaining([expect.objectContaining({ name: "traceId", in: "path" })]),
        },
      },
    },
  });
});

test("health is one thing under two names, and ready says why it is not", async () => {
  expect(await get("/api/health")).toEqual(await get("/.well-known/health"));
  expect((await api.request("/healthz")).status).toBe(200);
  expect((await api.request("/readyz")).status).toBe(200);
  notReady = "replaying the spool";
  const response = await api.request("/readyz");
  notReady = undefined;
  expect(response.status).toBe(503);
  expect(await response.text()).toContain("replaying the spool");
});

test("a page that waits hears of what is stored at once", async () => {
  const { cursor } = liveSchema.parse(await get("/api/live"));
  const waiting = get(`/api/live?after=${cursor}&waitMs=20000`);
  live.notifyStored();
  const answer = liveSchema.parse(await waiting);
  expect(answer.changed).toBe(true);
  expect(answer.cursor).not.toBe(cursor);
  expect(await get(`/api/live?after=${answer.cursor}&waitMs=0`)).toEqual({
    cursor: answer.cursor,
    changed: false,
  });
  expect(await get("/api/live?after=earlier-run.7")).toMatchObject({ changed: true });
});

test("nothing went wrong that nobody expected", () => {
  expect(reported).toEqual([]);
});
