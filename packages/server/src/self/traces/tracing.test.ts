import { SpanStatusCode } from "@opentelemetry/api";
import { expect, it } from "vitest";
import { createTestTraces, pathOf } from "./traces.fixture.ts";

class QueryTimeoutError extends Error {
  readonly code = "query_timeout";
}

it("what runs inside of a span is below it, also after a pause", async () => {
  const { traces, collect } = createTestTraces();
  await traces.run({ name: "page" }, async () => {
    await Promise.resolve();
    await Promise.all([
      traces.run({ name: "first" }, () => Promise.resolve()),
      traces.run({ name: "second" }, async () => traces.run({ name: "third" }, () => Promise.resolve())),
    ]);
  });
  const spans = await collect();
  expect(spans.map((span) => pathOf(span, spans).join(" > ")).toSorted()).toEqual([
    "page",
    "page > first",
    "page > second",
    "page > second > third",
  ]);
});

it("what began inside of a span and outlives it is not below it", async () => {
  const { traces, collect } = createTestTraces();
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  let late: Promise<void> = Promise.resolve();
  await traces.run({ name: "page" }, () => {
    late = gate.then(() => {
      expect(traces.current()).toBeUndefined();
      return traces.run({ name: "resident" }, () => Promise.resolve());
    });
    return Promise.resolve();
  });
  release();
  await late;
  const spans = await collect();
  expect(spans.map((span) => pathOf(span, spans))).toEqual([["page"], ["resident"]]);
});

it("a root begins a trace whatever is under way", async () => {
  const { traces, collect } = createTestTraces();
  await traces.run({ name: "page" }, () =>
    traces.run({ name: "segment", isRoot: true }, () => Promise.resolve()),
  );
  const spans = await collect();
  expect(spans.map((span) => pathOf(span, spans))).toEqual([["segment"], ["page"]]);
});

it("a failure is told by its code, thrown on, and its message is in no span", async () => {
  const { traces, collect } = createTestTraces();
  const failing = traces.run({ name: "query" }, () =>
    Promise.reject(new QueryTimeoutError("of 'secret prompt'")),
  );
  await expect(failing).rejects.toThrow("secret prompt");
  const [span] = await collect();
  expect(span).toMatchObject({
    attributes: { "error.type": "query_timeout" },
    status: { code: SpanStatusCode.ERROR },
    events: [],
  });
  expect(span?.status.message).toBeUndefined();
});

it("what is not sampled has no spans below it either, and runs all the same", async () => {
  const { traces, collect } = createTestTraces(0);
  const answer = await traces.run({ name: "page" }, () =>
    traces.run({ name: "query" }, () => Promise.resolve(traces.current() ?? "untraced")),
  );
  expect(answer).toBe("untraced");
  expect(await collect()).toEqual([]);
});

it("nothing is registered for an application around the server", async () => {
  const { context, trace } = await import("@opentelemetry/api");
  const { traces, collect } = createTestTraces();
  await traces.run({ name: "page" }, () => {
    expect(trace.getSpan(context.active())).toBeUndefined();
    expect(trace.getTracer("application").startSpan("its own").isRecording()).toBe(false);
    return Promise.resolve();
  });
  expect(await collect()).toHaveLength(1);
});
