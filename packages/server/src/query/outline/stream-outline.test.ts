import { traceSchema, type Trace } from "@spanlight/contract";
import { Hono } from "hono";
import { beforeAll, expect, test } from "vitest";
import { createTraceRoutes } from "../../api/traces.ts";
import type { Engine } from "../../store/engine.ts";
import { createTestStore } from "../../store/store.fixture.ts";
import { createQueries } from "../create-queries.ts";
import { insertSpans, type SpanSeed, traceId } from "../spans.fixture.ts";
import { findTraceBounds } from "../trace-bounds.ts";
import { streamOutline } from "./stream-outline.ts";

let store: Engine;

/** Spans of every kind, some twice, some of them odd. */
function makeSpans(): SpanSeed[] {
  const columns = (index: number): Record<string, unknown> => ({
    kind: index % 7,
    status_message: index % 9 === 0 ? 'it said "no"\n\u2028' : "",
    span_type: ["model", "tool", "", "retrieval", "nothing we know"][index % 5],
    operation: index % 2 === 0 ? "chat" : "",
    provider: "openai",
    request_model: `model ${index % 3}`,
    billed: index % 5 === 0 ? 1 : 0,
    unpriced: index % 35 === 0 ? 1 : 0,
    input_tokens: index % 4 === 0 ? null : index,
    output_tokens: index,
    cost_usd: index % 3 === 0 ? null : index / 1e5,
    ttft_ms: index % 6 === 0 ? 12.25 : null,
    finish_reasons: index % 8 === 0 ? "stop,length" : "",
    user_id: index > 10 ? "Zoë" : "",
    scope_name: "scope",
    service: index === 0 ? "front" : `service ${index % 2}`,
  });
  const spans = Array.from({ length: 300 }, (_empty, index): SpanSeed => {
    const status = index % 11 === 0 ? 2 : 1;
    const parent = index === 0 ? {} : { parent: Math.ceil(index / 2) };
    return {
      trace: 1,
      span: index + 1,
      at: index * 7.001,
      ms: 3000 - index * 3.33,
      status,
      ...parent,
      columns: columns(index),
      attributes: { "app.key": "value" },
      ...(index % 10 === 0 ? { content: { "gen_ai.input.messages": "[]" } } : {}),
    };
  });
  return [...spans, ...spans.slice(3, 6)];
}

beforeAll(async () => {
  store = await createTestStore();
  await insertSpans(store, makeSpans());
  await insertSpans(store, [{ trace: 2, span: 1, at: 5, parent: 99 }]);
  await store.command(`INSERT INTO spans (block, received_at, project, trace_id, span_id, parent_span_id, start_time, duration_ns, slot, name, service)
SELECT 2, now64(3), 'default', unhex('${traceId(3)}'), unhex(leftPad(hex(number + 1), 16, '0')), unhex(leftPad(hex(number), 16, '0')),
  toDateTime64('2026-11-21 00:00:00', 9, 'UTC') + toIntervalMillisecond(number), 1000000, toDateTime('2026-11-21 00:00:00', 'UTC'), concat('step ', toString(number)), 'long'
FROM numbers(5001)`);
});

async function readOutline(trace: number, maxSpans = 100_000): Promise<Trace> {
  const question = { project: "default", traceId: traceId(trace) };
  const bounds = await findTraceBounds(store, { project: "default", traceIds: [question.traceId] });
  const pieces: string[] = [];
  await streamOutline(store, { ...question, bounds: bounds!, maxSpans }, async (text) => {
    pieces.push(text);
  });
  return traceSchema.parse(JSON.parse(pieces.join("")));
}

async function readTrace(trace: number): Promise<Trace> {
  const question = { project: "default", traceId: traceId(trace), withContent: false };
  return (await createQueries(store).getTrace(question))!;
}

test("an outline says of a trace and its spans what the whole answer says, without the rest", async () => {
  for (const trace of [1, 2]) {
    const whole = await readTrace(trace);
    const spans = whole.spans.map((span) => ({ ...span, attributes: {}, resource: {} }));
    const outline = await readOutline(trace);
    expect(outline.spans).toEqual(spans);
    expect(outline).toEqual({ ...whole, spans, detailIncluded: false });
  }
});

test("a trace that is cut says so", async () => {
  const outline = await readOutline(1, 100);
  expect([outline.spans.length, outline.truncated]).toEqual([100, true]);
});

test("a trace of more than 5,000 spans is answered in outline, any other whole", async () => {
  const queries = createQueries(store);
  const app = new Hono().route("/traces", createTraceRoutes({ queries, project: "default", now: Date.now }));
  const ask = async (trace: number): Promise<Trace> => {
    const response = await app.request(`/traces/${traceId(trace)}`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
    return traceSchema.parse(await response.json());
  };
  const large = await ask(3);
  expect([large.spans.length, large.contentIncluded, large.detailIncluded]).toEqual([5001, false, false]);
  expect(large.spans.at(-1)).toMatchObject({
    name: "step 5000",
    startTime: "2026-11-21T00:00:05.000000000Z",
  });
  const small = await ask(1);
  expect([small.spans.length, small.detailIncluded]).toEqual([300, undefined]);
  expect(small.spans[0]?.attributes).toEqual({ "app.key": "value" });
});
