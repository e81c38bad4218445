import type { TraceSummary } from "@spanlight/contract";
import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../store/engine.ts";
import { createTestStore } from "../store/store.fixture.ts";
import { listTraces, parseCursor, type TraceFilter } from "./list-traces.ts";
import { baseNs, insertSpans, type SpanSeed, traceId } from "./spans.fixture.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
let store: Engine;

const model = (columns: Record<string, unknown> = {}): Record<string, unknown> => ({
  span_type: "model",
  billed: 1,
  model: "gpt-5-mini",
  provider: "openai",
  operation: "chat",
  input_tokens: 100,
  output_tokens: 20,
  cost_usd: 0.01,
  ...columns,
});

const seeds: SpanSeed[] = [
  // 1: a whole trace with a retrieval, a streamed call, a tool
  {
    trace: 1,
    span: 11,
    at: 0,
    ms: 1000,
    name: "POST /ask",
    status: 1,
    columns: { user_id: "ann", endpoint: "/ask" },
  },
  { trace: 1, span: 12, parent: 11, at: 100, ms: 200, name: "search", columns: { span_type: "retrieval" } },
  {
    trace: 1,
    span: 13,
    parent: 11,
    at: 300,
    ms: 500,
    name: "chat gpt-5-mini",
    columns: model({ ttft_ms: 150, session_id: "s1" }),
    attributes: { "app.ticket": "ZX-81 Spectrum" },
    content: {
      "gen_ai.input.messages": JSON.stringify([
        { role: "user", parts: [{ type: "text", content: "Where is my Refund-Policy?" }] },
      ]),
    },
  },
  {
    trace: 1,
    span: 14,
    parent: 11,
    at: 700,
    ms: 200,
    name: "lookup",
    columns: { span_type: "tool", tool_name: "lookup" },
  },
  // 2: its root failed, one model call unpriced
  {
    trace: 2,
    span: 21,
    at: 10 * MINUTE,
    ms: 50,
    name: "POST /fail",
    status: 2,
    columns: { error_type: "timeout" },
  },
  {
    trace: 2,
    span: 22,
    parent: 21,
    at: 10 * MINUTE + 5,
    ms: 10,
    columns: model({ cost_usd: null, unpriced: 1, model: "mystery" }),
  },
  // 3: a failed child, the root is fine; reaches over many windows: 6 hours long
  { trace: 3, span: 31, at: 20 * MINUTE, ms: 6 * HOUR, name: "long run" },
  {
    trace: 3,
    span: 32,
    parent: 31,
    at: 6 * HOUR,
    ms: 5,
    status: 2,
    columns: { error_type: "429", user_id: "bob", service: "worker" },
  },
  // 4: no root yet
  {
    trace: 4,
    span: 42,
    parent: 41,
    at: 30 * MINUTE,
    ms: 10,
    name: "orphan",
    status: 2,
    columns: { service: "worker" },
  },
  { trace: 4, span: 43, parent: 41, at: 30 * MINUTE + 1, ms: 10, columns: model({ model: "claude-fable" }) },
  // 5: the same span twice, the later one complete
  {
    trace: 5,
    span: 51,
    at: 40 * MINUTE,
    ms: 1,
    name: "early report",
    block: 1,
    columns: model({ cost_usd: 1, input_tokens: 1 }),
  },
  {
    trace: 5,
    span: 51,
    at: 40 * MINUTE,
    ms: 80,
    name: "final report",
    block: 2,
    columns: model({ cost_usd: 0.5, input_tokens: 7 }),
  },
];

beforeAll(async () => {
  store = await createTestStore();
  await insertSpans(store, seeds);
  await insertSpans(store, [{ trace: 6, span: 61, at: 0, name: "another project's" }], "other");
});

async function list(
  filter: TraceFilter = {},
  more: { from?: number; to?: number } = {},
): Promise<TraceSummary[]> {
  const page = await listTraces(store, {
    project: "default",
    fromNs: baseNs + BigInt((more.from ?? 0) * 1_000_000),
    toNs: baseNs + BigInt((more.to ?? 24 * HOUR) * 1_000_000),
    limit: 50,
    filter,
  });
  return page.items;
}

const ids = async (filter: TraceFilter, more?: { from?: number; to?: number }): Promise<number[]> =>
  (await list(filter, more)).map((item) => Number.parseInt(item.traceId, 16));

test("traces come newest first, and only this project's", async () => {
  expect(await ids({})).toEqual([5, 4, 3, 2, 1]);
});

test("a summary adds up the billed spans of the trace and splits its time by kind", async () => {
  const items = await list();
  expect(items.at(-1)).toEqual({
    traceId: traceId(1),
    name: "POST /ask",
    service: "shop",
    endpoint: "/ask",
    startTime: "2026-11-21T00:00:00.000000000Z",
    durationMs: 1000,
    status: "ok",
    errorType: null,
    complete: true,
    spanCount: 4,
    inputTokens: 100,
    outputTokens: 20,
    costUsd: 0.01,
    unpricedSpans: 0,
    ttftMs: 450,
    models: ["gpt-5-mini"],
    timeByType: { model: 500, retrieval: 200, tool: 100, other: 200 },
    userId: "ann",
    sessionId: "s1",
  });
});

test("a trace without a price has no cost, and tokens that nobody counted are absent", async () => {
  const [, , , second] = await list();
  expect(second).toMatchObject({
    costUsd: null,
    unpricedSpans: 1,
    inputTokens: 100,
    status: "error",
    errorType: "timeout",
  });
  const [, , third] = await list();
  expect(third).toMatchObject({
    costUsd: null,
    unpricedSpans: 0,
    inputTokens: null,
    status: "ok",
    errorType: "429",
  });
});

test("a trace without a root is told by its earliest span and marked incomplete", async () => {
  const [, fourth] = await list();
  expect(fourth).toMatchObject({ name: "orphan", service: "worker", status: "error", complete: false });
});

test("a span that came twice counts once, the later end wins", async () => {
  const [fifth] = await list();
  expect(fifth).toMatchObject({
    name: "final report",
    spanCount: 1,
    inputTokens: 7,
    costUsd: 0.5,
    durationMs: 80,
  });
});

describe("filters", () => {
  const cases: Array<[string, TraceFilter, number[]]> = [
    ["a failed root or earliest span", { status: "error" }, [4, 2]],
    ["a root that did not fail", { status: "ok" }, [5, 3, 1]],
    ["a service of any span", { service: "worker" }, [4, 3]],
    ["a model of any span", { model: "gpt-5-mini" }, [5, 1]],
    ["a user on one span and a model on another", { user: "ann", model: "gpt-5-mini" }, [1]],
    ["a user and a model no trace has both of", { user: "bob", model: "gpt-5-mini" }, []],
    ["a session", { session: "s1" }, [1]],
    ["an error type", { errorType: "429" }, [3]],
    ["a shortest duration", { minDurationMs: 1000 }, [3, 1]],
    ["a longest duration", { maxDurationMs: 60 }, [4, 2]],
    ["a least cost, unpriced left out", { minCostUsd: 0.01 }, [5, 4, 1]],
    ["words in what was said, in any case", { q: "refund policy" }, [1]],
    ["half a word is no word in what was said", { q: "refun" }, []],
    ["words of an attribute", { q: "spectrum" }, [1]],
    ["a part of a span's name", { q: "OST /fa" }, [2]],
    ["a user by name", { q: "Bob" }, [3]],
    ["a trace id", { q: traceId(4) }, [4]],
    ["text and a service together", { q: "span", service: "worker" }, [4, 3]],
    ["quotes and backslashes as text", { q: 'it\'s \\ "x" {a:String}' }, []],
    ["text without a word", { q: "***" }, []],
  ];
  test.each(cases)("%s", async (_name, filter, expected) => {
    expect(await ids(filter)).toEqual(expected);
  });
});

test("the range is the trace's start, its end left out", async () => {
  expect(await ids({}, { from: 10 * MINUTE, to: 40 * MINUTE })).toEqual([4, 3, 2]);
  expect(await ids({}, { from: 1 })).toEqual([5, 4, 3, 2]);
});

test("a trace whose matching span came after the range is still found by its start", async () => {
  expect(await ids({ user: "bob" }, { to: HOUR })).toEqual([3]);
  expect(await ids({ user: "bob" }, { from: HOUR })).toEqual([]);
});

test("pages follow each other without gap or repetition, also among traces of one instant", async () => {
  const paged = await createTestStore();
  const many = Array.from({ length: 230 }, (_, index) => ({
    trace: index + 1,
    span: index + 1,
    at: index < 120 ? 5 * MINUTE : index * 997 * 13,
  }));
  await insertSpans(paged, many);
  const expected = many.toSorted((a, b) => b.at - a.at || b.trace - a.trace).map((seed) => seed.trace);
  const seen: number[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listTraces>> = await listTraces(paged, {
      project: "default",
      fromNs: baseNs,
      toNs: baseNs + 86_400_000_000_000n,
      limit: 31,
      cursor: cursor === null ? undefined : parseCursor(cursor),
      filter: {},
    });
    seen.push(...page.items.map((item) => Number.parseInt(item.traceId, 16)));
    ({ nextCursor: cursor } = page);
  } while (cursor !== null);
  expect(seen).toEqual(expected);
});
