import { ROOT_CONTEXT, trace, TraceFlags } from "@opentelemetry/api";
import { SeverityNumber, type LogRecord as Emitted } from "@opentelemetry/api-logs";
import {
  logFacetsSchema,
  logListSchema,
  scoreListSchema,
  unmappedSchema,
  type LogList,
} from "@spanlight/contract";
import type { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { encodeJsonLogs } from "../decode/json-logs.ts";
import { encodeProtobuf, fixtureStartMs } from "../decode/otlp.fixture.ts";
import { encodeLogs } from "../decode/otlp-signals.fixture.ts";
import { createTraceIngest } from "../ingest/ingest-traces.ts";
import { openTestWay, type TestWay } from "../ingest/signals.fixture.ts";
import { Pricer } from "../price/price-call.ts";
import { createQueries } from "../query/create-queries.ts";
import { createApi } from "./create-api.ts";
import { createLiveFeed } from "./live.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";
const inSpan = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED });
const at = (seconds: number): number => fixtureStartMs + seconds * 1000;

const records: Emitted[] = [
  {
    timestamp: at(1),
    severityNumber: SeverityNumber.INFO,
    body: "request taken",
    context: inSpan,
    attributes: { "user.id": "ann", tokens_used: 1500, plan: "pro" },
  },
  {
    timestamp: at(2),
    severityNumber: SeverityNumber.WARN,
    body: "Slow answer",
    attributes: { "user.id": "bob", tokens_used: 2100, plan: "free" },
  },
  {
    timestamp: at(3),
    severityNumber: SeverityNumber.ERROR2,
    body: { code: 7, why: "no answer" },
    attributes: { "user.id": "ann", "session.id": "s1", plan: "pro" },
  },
  {
    timestamp: at(4),
    severityText: "CRITICAL",
    body: "out of memory",
    attributes: { detail: "heap of 2 GB" },
  },
  ...["a", "b", "c"].map((name) => ({
    timestamp: at(5),
    severityNumber: SeverityNumber.DEBUG,
    body: `same time ${name}`,
  })),
  {
    timestamp: at(6),
    eventName: "gen_ai.evaluation.result",
    context: inSpan,
    attributes: {
      "gen_ai.evaluation.name": "helpful",
      "gen_ai.evaluation.score.value": 0.5,
      "spanlight.score.id": "1",
    },
  },
];

let way: TestWay;
let api: Hono;
beforeAll(async () => {
  way = await openTestWay();
  const project = "default";
  const traces = createTraceIngest({ spool: way.spool, pricer: new Pricer() });
  await traces.accept({
    project,
    bytes: encodeProtobuf([
      { spanId, attributes: { "gen_ai.operation.name": "chat", "shop.cart": "c1", "shop.items": 3 } },
      {
        spanId: "00000000000000a1",
        attributes: { "shop.cart": "c2", "langfuse.trace.metadata.plan": "pro" },
      },
    ]),
  });
  await way.logs.accept({ project, bytes: encodeLogs(records) });
  // Scored by its span alone, and scored again under its id.
  await way.logs.accept({
    project,
    bytes: encodeLogs([
      {
        timestamp: at(7),
        eventName: "gen_ai.evaluation.result",
        context: trace.setSpanContext(ROOT_CONTEXT, {
          traceId: "1".repeat(32),
          spanId: "00000000000000a2",
          traceFlags: 1,
        }),
        attributes: {
          "gen_ai.evaluation.name": "helpful",
          "gen_ai.evaluation.score.value": 0.9,
          "gen_ai.evaluation.score.label": "good",
          "spanlight.score.id": "1",
        },
      },
    ]),
  });
  await way.logs.accept({
    project,
    bytes: encodeJsonLogs(
      Buffer.from(
        JSON.stringify({
          resourceLogs: [
            {
              scopeLogs: [
                {
                  logRecords: [
                    {
                      timeUnixNano: `${at(8)}000000`,
                      spanId,
                      eventName: "gen_ai.evaluation.result",
                      attributes: [{ key: "gen_ai.evaluation.name", value: { stringValue: "by span" } }],
                    },
                  ],
                },
              ],
            },
          ],
        }),
      ),
    ),
  });
  await vi.waitFor(() => {
    const waiting = Object.values(way.spool.snapshot().inSpool).reduce((sum, items) => sum + items, 0);
    if (waiting > 0) throw new Error(`${waiting} items wait for the store`);
  }, 15_000);
  api = createApi({
    queries: createQueries(way.store),
    project,
    version: "0.0.0",
    live: createLiveFeed("run"),
    listUnpriced: () => Promise.reject(new Error("not asked here")),
    readSession: () => ({ session: null }),
    readIngest: () => Promise.reject(new Error("not asked here")),
    readHealth: () => Promise.reject(new Error("not asked here")),
    readNotReadyReason: () => undefined,
    now: () => at(60),
    report: (error) => {
      throw error;
    },
  });
});
afterAll(() => way.close());

async function ask(path: string): Promise<unknown> {
  const response = await api.request(path);
  expect(response.status, await response.clone().text()).toBe(200);
  return response.json();
}

async function list(query: string): Promise<LogList> {
  return logListSchema.parse(await ask(`/api/logs?${query}`));
}

async function messages(query: string): Promise<string[]> {
  return (await list(query)).items.map((item) => item.message);
}

describe("GET /api/logs", () => {
  test("shows records newest first, each with what it says", async () => {
    const { items, nextCursor } = await list("limit=1000");
    expect(nextCursor).toBeNull();
    expect(items.map((item) => item.time)).toEqual(
      items
        .map((item) => item.time)
        .toSorted()
        .toReversed(),
    );
    expect(items.at(-1)).toEqual({
      time: "2026-11-20T12:00:01.000000000Z",
      level: "info",
      severityText: null,
      message: "request taken",
      body: null,
      event: null,
      service: "support-bot",
      environment: "",
      traceId,
      spanId,
      endpoint: null,
      userId: "ann",
      tenantId: null,
      sessionId: null,
      contentInSpan: false,
      attributes: { "user.id": "ann", tokens_used: 1500, plan: "pro" },
      resource: { "service.name": "support-bot" },
      scope: { name: "fixture", version: "1.2.3" },
    });
    expect(items.find((item) => item.level === "error")).toMatchObject({
      message: '{"code":7,"why":"no answer"}',
      body: { code: 7, why: "no answer" },
    });
  });

  test.each([
    ["where=tokens_used > 2000", ["Slow answer"]],
    ["where=tokens_used >= 1500 and plan = pro", ["request taken"]],
    ["where=plan != pro", ["Slow answer"]],
    ["where=plan ~ PR and tokens_used < 9000", ["request taken"]],
    ["where=nothing > 0", []],
    ["level=error", ["out of memory", '{"code":7,"why":"no answer"}']],
    ["level=fatal", ["out of memory"]],
    ["user=ann&level=warn", ['{"code":7,"why":"no answer"}']],
    ["session=s1", ['{"code":7,"why":"no answer"}']],
    ["q=slow", ["Slow answer"]],
    ["q=HEAP gb", ["out of memory"]],
    ["q=answer no", ['{"code":7,"why":"no answer"}']],
    [`traceId=${traceId}`, ["gen_ai.evaluation.result", "gen_ai.evaluation.result", "request taken"]],
    [`spanId=${spanId}&level=info`, ["request taken"]],
    ["event=gen_ai.evaluation.result&limit=1", ["gen_ai.evaluation.result"]],
    ["service=other", []],
    ["to=2026-11-20T12:00:02Z", ["request taken"]],
  ])("finds %s", async (query, expected) => {
    expect(await messages(query.replaceAll(" ", "%20").replaceAll(">", "%3E"))).toEqual(expected);
  });

  test.each([1, 2, 3, 7])("pages of %i show every record once, also those of one time", async (limit) => {
    const all = await messages("limit=1000");
    const paged: string[] = [];
    let cursor = "";
    do {
      const page = await list(`limit=${limit}&cursor=${cursor}`);
      paged.push(...page.items.map((item) => item.message));
      cursor = page.nextCursor ?? "";
    } while (cursor !== "");
    expect(paged).toEqual(all);
  });

  test.each([
    ["where=tokens_used", "where"],
    ["cursor=x", "cursor"],
    ["level=loud", "level"],
    ["traceId=1", "traceId"],
  ])("answers %s with 400 and the parameter's name", async (query, name) => {
    const response = await api.request(`/api/logs?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: "bad_parameter",
      detail: expect.stringContaining(name),
    });
  });
});

describe("GET /api/logs/facets", () => {
  const ofRange = "from=2026-11-20T12:00:00Z&to=2026-11-20T12:01:00Z";

  test("counts by value and over time what the list with the same filters has", async () => {
    const { facets, histogram, totals } = logFacetsSchema.parse(await ask(`/api/logs/facets?${ofRange}`));
    const all = await list(`${ofRange}&limit=1000`);
    expect(totals).toEqual({ records: all.items.length, errors: 2 });
    expect(Object.fromEntries(facets.map(({ name, values }) => [name, values]))).toEqual({
      level: [
        { value: "debug", count: 3 },
        { value: "info", count: 1 },
        { value: "warn", count: 1 },
        { value: "error", count: 1 },
        { value: "fatal", count: 1 },
      ],
      service: [
        { value: "support-bot", count: all.items.length - 1 },
        { value: "unknown_service", count: 1 },
      ],
      environment: [],
      event: [{ value: "gen_ai.evaluation.result", count: 3 }],
    });
    expect(histogram.points.reduce((sum, { records: count }) => sum + count, 0)).toBe(all.items.length);
    expect(histogram.points).toHaveLength(60 / histogram.stepSeconds);
  });

  test.each(["where=tokens_used > 2000", "q=slow", "level=error", "user=ann", `traceId=${traceId}`])(
    "takes the filter %s",
    async (query) => {
      const { items } = await list(encodeURI(query));
      expect(await ask(`/api/logs/facets?${encodeURI(query)}`)).toMatchObject({
        totals: { records: items.length },
      });
    },
  );
});

describe("GET /api/scores", () => {
  test("shows of several scores under one id the one received last", async () => {
    const { items } = scoreListSchema.parse(await ask("/api/scores?name=helpful"));
    expect(items).toEqual([
      {
        id: "1",
        time: "2026-11-20T12:00:07.000000000Z",
        traceId: "1".repeat(32),
        spanId: "00000000000000a2",
        sessionId: null,
        name: "helpful",
        value: 0.9,
        label: "good",
        comment: null,
        source: null,
      },
    ]);
  });

  test("goes on page by page, each score once", async () => {
    const whole = scoreListSchema.parse(await ask("/api/scores?limit=1000"));
    expect(whole.nextCursor).toBeNull();
    const paged: unknown[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page = scoreListSchema.parse(await ask(`/api/scores?limit=1&cursor=${cursor}`));
      paged.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(whole.items.length).toBeGreaterThan(1);
    expect(paged).toEqual(whole.items);
  });

  test("finds those of a trace at any time, also one that names its span alone", async () => {
    expect(await ask(`/api/scores?traceId=${traceId}`)).toMatchObject({
      items: [
        { name: "by span", traceId, spanId },
        { name: "helpful", value: 0.5, traceId, spanId },
      ],
    });
  });
});

describe("GET /api/unmapped", () => {
  test("counts the keys no dialect knows, with an example, per scope and version", async () => {
    const { items } = unmappedSchema.parse(await ask("/api/unmapped"));
    const scope = { name: "fixture", version: "1.2.3" };
    const lastSeen = "2026-11-20T12:00:00.000000000Z";
    expect(items).toEqual(
      [
        { scope, dialect: "", key: "shop.cart", spans: 1, example: "c2", lastSeen },
        { scope, dialect: "otel", key: "shop.cart", spans: 1, example: "c1", lastSeen },
        { scope, dialect: "otel", key: "shop.items", spans: 1, example: "3", lastSeen },
      ].map((item) => ({ ...item, dialect: item.dialect || null })),
    );
    expect(await ask("/api/unmapped?scope=other")).toEqual({ items: [], nextCursor: null });
  });

  test("goes on page by page", async () => {
    const whole = unmappedSchema.parse(await ask("/api/unmapped"));
    expect(whole.nextCursor).toBeNull();
    const first = unmappedSchema.parse(await ask("/api/unmapped?limit=2"));
    const second = unmappedSchema.parse(await ask(`/api/unmapped?limit=2&cursor=${first.nextCursor}`));
    expect([...first.items, ...second.items]).toEqual(whole.items);
    expect(second.nextCursor).toBeNull();
  });
});
