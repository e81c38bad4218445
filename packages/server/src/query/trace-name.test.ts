import type { Trace } from "@spanlight/contract";
import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../store/engine.ts";
import { createTestStore } from "../store/store.fixture.ts";
import { getTrace } from "./get-trace.ts";
import { listTraces } from "./list-traces.ts";
import { streamOutline } from "./outline/stream-outline.ts";
import { baseNs, insertSpans, type SpanSeed, traceId } from "./spans.fixture.ts";
import { findTraceBounds } from "./trace-bounds.ts";

/** Traces by their number, and what each is called. */
const traces: ReadonlyArray<{ readonly called: string; readonly spans: readonly Omit<SpanSeed, "trace">[] }> =
  [
    { called: "POST /chat", spans: [{ span: 1, at: 0, name: "POST /chat" }] },
    {
      called: "answer a customer",
      spans: [
        { span: 1, at: 0, name: "handler", attributes: { "langfuse.trace.name": "answer a customer" } },
        {
          span: 2,
          parent: 1,
          at: 1,
          name: "call",
          attributes: { "langfuse.trace.name": "answer a customer" },
        },
      ],
    },
    {
      called: "POST /chat",
      spans: [
        { span: 1, at: 0, name: "POST /chat" },
        {
          span: 2,
          parent: 1,
          at: 1,
          name: "chat",
          attributes: { "langfuse.trace.name": "answer a customer" },
        },
      ],
    },
    { called: "poet", spans: [{ span: 1, at: 0, name: "ai.streamText", columns: { agent_name: "poet" } }] },
    {
      called: "poet",
      spans: [{ span: 1, at: 0, name: "invoke_agent gpt-4o-mini", columns: { agent_name: "poet" } }],
    },
    {
      called: "invoke_agent poet",
      spans: [{ span: 1, at: 0, name: "invoke_agent poet", columns: { agent_name: "poet" } }],
    },
    {
      called: "poet",
      spans: [
        { span: 1, at: 0, name: "invocation" },
        { span: 2, parent: 1, at: 1, name: "invoke_agent poet", columns: { agent_name: "poet" } },
        { span: 3, parent: 2, at: 2, name: "invoke_agent critic", columns: { agent_name: "critic" } },
      ],
    },
    { called: "invocation", spans: [{ span: 1, at: 0, name: "invocation" }] },
    { called: "ai.streamText", spans: [{ span: 1, at: 0, name: "ai.streamText" }] },
    { called: "ai.toolCall weather", spans: [{ span: 1, at: 0, name: "ai.toolCall weather" }] },
  ];

let store: Engine;
beforeAll(async () => {
  store = await createTestStore();
  const seeds = traces.flatMap(({ spans }, index) => spans.map((span) => ({ ...span, trace: index + 1 })));
  await insertSpans(store, seeds);
});

const questions = traces.map(({ called }, index) => ({ called, id: traceId(index + 1) }));
const project = "default";

describe("the name of a trace is the one its author gave, else that of the span that stands for it", () => {
  it("in the list", async () => {
    const range = { fromNs: baseNs, toNs: baseNs + 60_000_000_000n };
    const { items } = await listTraces(store, { project, ...range, limit: 50, filter: {} });
    const names = new Map(items.map((item) => [item.traceId, item.name]));
    expect(questions.map(({ id }) => names.get(id))).toEqual(questions.map(({ called }) => called));
  });

  it.each(questions)("on its page: $called", async ({ called, id }) => {
    const explainCost = (): { lines: []; pricedBy: null } => ({ lines: [], pricedBy: null });
    const trace = await getTrace(store, { project, traceId: id, withContent: false, explainCost });
    expect(trace?.name).toBe(called);
  });

  it.each(questions)("and in outline: $called", async ({ called, id }) => {
    const bounds = await findTraceBounds(store, { project, traceIds: [id] });
    let text = "";
    const question = { project, traceId: id, bounds: bounds!, maxSpans: 10 };
    await streamOutline(store, question, async (piece) => {
      text += piece;
    });
    expect((JSON.parse(text) as Trace).name).toBe(called);
  });
});
