import type { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import { createQueries } from "../../query/create-queries.ts";
import { createJaegerQueries } from "../../query/jaeger/create-jaeger-queries.ts";
import { baseNs, insertSpans, spanId, traceId } from "../../query/spans.fixture.ts";
import { createTestStore } from "../../store/store.fixture.ts";
import { createJaegerApi } from "./create-jaeger-api.ts";
import type { JaegerTrace } from "./to-jaeger-trace.ts";

const baseUs = Number(baseNs / 1000n);
const now = Number(baseNs / 1_000_000n) + 3_600_000;
let api: Hono;
const reported: unknown[] = [];

beforeAll(async () => {
  const store = await createTestStore();
  await insertSpans(store, [
    { trace: 1, span: 1, at: 0, ms: 900, name: "POST /ask", columns: { kind: 2, service: "shop" } },
    {
      trace: 1,
      span: 2,
      parent: 1,
      at: 100,
      ms: 700,
      name: "chat gpt-5-mini",
      status: 2,
      attributes: { "gen_ai.request.temperature": "0.5", "app.team": "red" },
      columns: {
        kind: 3,
        service: "bot",
        status_message: "too many",
        rest_attribute_types: "ds",
        cost_usd: 0.25,
        resource: '{"service.name":"bot","region":"eu"}',
        events: JSON.stringify([{ time: "2026-11-21T00:00:00.2Z", name: "retry", attributes: { n: 1 } }]),
        links: JSON.stringify([{ traceId: traceId(9), spanId: spanId(9), attributes: {} }]),
      },
      content: { "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Hi"}]}]' },
    },
    { trace: 2, span: 3, at: 60_000, ms: 20, name: "chat gpt-5-mini", columns: { service: "bot" } },
  ]);
  api = createJaegerApi({
    queries: createQueries(store),
    jaeger: createJaegerQueries(store),
    project: "default",
    now: () => now,
    report: (error) => reported.push(error),
  });
});

interface Answer<Item> {
  readonly data: Item[];
  readonly total: number;
  readonly errors: null | { code: number; msg: string }[];
}

async function get<Item = string>(path: string, status = 200): Promise<Answer<Item>> {
  const answer = await api.request(`/jaeger/api${path}`);
  expect(answer.status).toBe(status);
  return (await answer.json()) as Answer<Item>;
}

async function search(query: Record<string, string>): Promise<string[]> {
  const { data } = await get<JaegerTrace>(`/traces?${new URLSearchParams(query)}`);
  return data.map(({ traceID }) => traceID);
}

describe("Jaeger's API", () => {
  it("lists services, their operations, and who calls whom", async () => {
    expect((await get("/services")).data).toEqual(["bot", "shop"]);
    expect((await get("/services/bot/operations")).data).toEqual(["chat gpt-5-mini"]);
    expect((await get<object>("/operations?service=shop")).data).toEqual([
      { name: "POST /ask", spanKind: "server" },
    ]);
    expect((await get<object>(`/dependencies?endTs=${now}&lookback=7200000`)).data).toEqual([
      { parent: "shop", child: "bot", callCount: 1 },
    ]);
  });

  it("answers a trace with processes, references, tags and logs, in microseconds", async () => {
    const { data } = await get<JaegerTrace>(`/traces/${traceId(1)}`);
    const [trace] = data;
    expect(trace?.traceID).toBe(traceId(1));
    expect(trace?.spans[0]).toMatchObject({
      operationName: "POST /ask",
      startTime: baseUs,
      duration: 900_000,
      references: [],
    });
    const span = trace?.spans[1];
    expect(span).toMatchObject({
      spanID: spanId(2),
      startTime: baseUs + 100_000,
      duration: 700_000,
      references: [
        { refType: "CHILD_OF", traceID: traceId(1), spanID: spanId(1) },
        { refType: "FOLLOWS_FROM", traceID: traceId(9), spanID: spanId(9) },
      ],
      logs: [
        {
          timestamp: baseUs + 200_000,
          fields: [
            { key: "event", type: "string", value: "retry" },
            { key: "n", type: "int64", value: 1 },
          ],
        },
      ],
    });
    expect(span?.tags).toEqual(
      expect.arrayContaining([
        { key: "gen_ai.request.temperature", type: "float64", value: 0.5 },
        { key: "span.kind", type: "string", value: "client" },
        { key: "error", type: "bool", value: true },
        { key: "otel.status_description", type: "string", value: "too many" },
        { key: "spanlight.cost_usd", type: "float64", value: 0.25 },
        expect.objectContaining({ key: "gen_ai.input.messages", type: "string" }),
      ]),
    );
    expect(trace?.processes[span?.processID ?? ""]).toEqual({
      serviceName: "bot",
      tags: [{ key: "region", type: "string", value: "eu" }],
    });
    expect((await get<JaegerTrace>("/traces/1")).data[0]?.traceID).toBe(traceId(1)); // without leading zeros
  });

  it("answers 404 for a trace that is not there, and 400 for what cannot be used", async () => {
    expect(await get(`/traces/${traceId(77)}`, 404)).toMatchObject({ data: null, errors: [{ code: 404 }] });
    await get("/traces/xyz", 400);
    await get("/traces", 400);
    await get("/traces?service=bot&minDuration=long", 400);
    await get("/traces?service=bot&tags=%7B", 400);
    await get("/nothing", 404);
  });

  it.each([
    [{}, [2, 1]],
    [{ operation: "chat gpt-5-mini", limit: "1" }, [2]],
    [{ operation: "all" }, [2, 1]],
    [{ minDuration: "100ms" }, [1]],
    [{ maxDuration: "0.1s" }, [2]],
    [{ start: String(baseUs + 1_000_000) }, [2]],
    [{ end: String(baseUs + 1_000_000) }, [1]],
    [{ tags: '{"error":"true"}' }, [1]],
    [{ tags: '{"app.team":"red","span.kind":"client"}' }, [1]],
    [{ tags: '{"region":"eu"}' }, [1]],
    [{ tag: "app.team:blue" }, []],
  ])("finds traces by %o", async (query, wanted) => {
    expect(await search({ service: "bot", ...query })).toEqual(wanted.map(traceId));
  });

  it("surprised nobody", () => {
    expect(reported).toEqual([]);
  });
});
