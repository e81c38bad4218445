import { EventEmitter } from "node:events";
import { context, trace as traceApi } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startRecordedSdk, type RecordedSdk } from "../../testing/recorded-sdk.ts";
import {
  agent,
  chain,
  embedding,
  guard,
  observe,
  retrieval,
  startSpan,
  tool,
  trace,
  withContext,
} from "../index.ts";

describe("the tracing API", () => {
  let recorded: RecordedSdk;
  beforeEach(async () => {
    recorded = await startRecordedSdk({ captureContent: true });
  });
  afterEach(() => recorded.stop());

  const named = async (name: string): Promise<Awaited<ReturnType<RecordedSdk["flush"]>>[number]> => {
    const found = (await recorded.flush()).find((span) => span.name === name);
    if (found === undefined) throw new Error(`no span ${name}`);
    return found;
  };

  test("trace() makes parents of what is inside, across awaits, timers and events", async () => {
    const emitter = new EventEmitter();
    await trace("outer", async () => {
      await Promise.resolve();
      trace("awaited", () => undefined);
      await new Promise<void>((resolve) => setImmediate(() => resolve(trace("timer", () => undefined))));
      context.bind(context.active(), emitter).on("ping", () => trace("event", () => undefined));
    });
    emitter.emit("ping");
    const outer = await named("outer");
    for (const name of ["awaited", "timer", "event"])
      expect(await named(name)).toMatchObject({ traceId: outer.traceId, parentSpanId: outer.spanId });
    expect(outer.parentSpanId).toBe("");
  });

  test("trace() returns what its work returns, and records what it throws", async () => {
    expect(trace("sync", () => 42)).toBe(42);
    expect(await trace("async", () => Promise.resolve("x"))).toBe("x");
    expect(() =>
      trace("thrown", () => {
        throw new RangeError("too far");
      }),
    ).toThrow(RangeError);
    await expect(trace("rejected", () => Promise.reject(new TypeError("no")))).rejects.toThrow("no");
    const thrown = await named("thrown");
    expect(thrown.status).toEqual({ code: 2, message: "too far" });
    expect(thrown.attributes["error.type"]).toBe("RangeError");
    expect(thrown.events[0]).toMatchObject({
      name: "exception",
      attributes: { "exception.type": "RangeError", "exception.message": "too far" },
    });
    expect((await named("rejected")).status.code).toBe(2);
    expect((await named("sync")).status.code).toBe(0);
  });

  test.each<[string, () => unknown]>([
    ["an error without a text", () => Object.assign(new Error("x"), { message: { code: 1 }, stack: 5 })],
    ["an object of no class", () => Object.create(null) as unknown],
    ["nothing", () => undefined],
    [
      "an error that throws when it is read",
      () =>
        Object.defineProperty(new Error("x"), "message", {
          get: () => {
            throw new Error("do not look");
          },
        }),
    ],
  ])("what is thrown reaches the application as it is: %s", async (_name, create) => {
    const thrown = create();
    const catchIt = (error: unknown): unknown => error;
    let caught: unknown = "nothing was thrown";
    try {
      trace("synchronous", () => {
        throw thrown;
      });
    } catch (error) {
      caught = error;
    }
    expect(caught === thrown).toBe(true);
    const later = trace("asynchronous", () => Promise.reject(thrown as Error));
    expect((await later.then(() => undefined, catchIt)) === thrown).toBe(true);
    const statuses = (await recorded.flush()).map(({ status }) => status.code);
    expect(statuses).toEqual([2, 2]);
  });

  test("a span over an async generator ends with it, and its steps run inside", async () => {
    const numbers = observe(async function* numbers() {
      yield 1;
      trace("inner", () => undefined);
      yield 2;
    });
    const seen: number[] = [];
    for await (const number of numbers()) seen.push(number);
    expect(seen).toEqual([1, 2]);
    expect((await named("inner")).parentSpanId).toBe((await named("numbers")).spanId);
  });

  test("retrieval() records query, documents and scores apart from the model call", async () => {
    const found = [
      { id: "a", score: 0.9, content: "Paris is in France." },
      { pageContent: "Lyon too.", metadata: { id: 7, page: 2 } },
    ];
    const result = await retrieval({ source: "handbook", query: "Paris?", topK: 2 }, () =>
      Promise.resolve(found),
    );
    expect(result).toBe(found);
    const span = await named("retrieval handbook");
    expect(span.kind).toBe(3);
    expect(span.attributes).toMatchObject({
      "gen_ai.operation.name": "retrieval",
      "gen_ai.data_source.id": "handbook",
      "gen_ai.retrieval.query.text": "Paris?",
      "gen_ai.retrieval.top_k": 2,
      "app.retrieval.document_count": 2,
    });
    expect(JSON.parse(span.attributes["gen_ai.retrieval.documents"] as string)).toEqual([
      { id: "a", score: 0.9, content: "Paris is in France." },
      { id: "7", content: "Lyon too.", metadata: { id: 7, page: 2 } },
    ]);
  });

  test("agent, chain, embedding and guard carry the conventions' names", async () => {
    await agent({ name: "support", id: "a1" }, async () => {
      chain("answer", () => guard("pii", () => ({ passed: false })));
      await embedding({ model: "e5", provider: "local" }, () => Promise.resolve([1]));
    });
    const top = await named("invoke_agent support");
    expect(top.attributes).toMatchObject({
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.agent.name": "support",
      "gen_ai.agent.id": "a1",
    });
    const workflow = await named("invoke_workflow answer");
    expect(workflow).toMatchObject({
      parentSpanId: top.spanId,
      attributes: { "gen_ai.workflow.name": "answer" },
    });
    expect(await named("guard pii")).toMatchObject({
      parentSpanId: workflow.spanId,
      attributes: { "app.guard.result": "fail" },
      status: { code: 0 },
    });
    expect((await named("embeddings e5")).attributes).toMatchObject({
      "gen_ai.provider.name": "local",
      "gen_ai.request.model": "e5",
    });
  });

  test("tool() records name, call id, arguments and result", async () => {
    const options = { name: "add", arguments: { a: 1, b: 2 }, callId: "call_1", description: "adds" };
    expect(await tool(options, ({ a, b }) => a + b)).toBe(3);
    expect((await named("execute_tool add")).attributes).toMatchObject({
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "add",
      "gen_ai.tool.type": "function",
      "gen_ai.tool.call.id": "call_1",
      "gen_ai.tool.description": "adds",
      "gen_ai.tool.call.arguments": '{"a":1,"b":2}',
      "gen_ai.tool.call.result": "3",
    });
  });

  test("observe() wraps a function without changing name, length, this or result", async () => {
    const counter = {
      step: 2,
      add: observe(function add(this: { step: number }, value: number) {
        return value + this.step;
      }),
    };
    expect(counter.add(1)).toBe(3);
    expect([counter.add.name, counter.add.length]).toEqual(["add", 1]);
    await named("add");
  });

  test("observe() made into a decorator traces a method as a tool", async () => {
    const decorate = observe({ as: "tool" });
    const context = { kind: "method", name: "lookUp" } as unknown as ClassMethodDecoratorContext;
    // What a compiler makes of `@observe({ as: "tool" }) lookUp(city) {}`.
    const lookUp = decorate(async (city: string) => Promise.resolve(`${city}: sunny`), context);
    expect(await lookUp("Paris")).toBe("Paris: sunny");
    expect((await named("execute_tool lookUp")).attributes["gen_ai.tool.call.arguments"]).toBe("Paris");
  });

  test("withContext() puts user, session, tenant and the rest on every span below, once", async () => {
    withContext(
      {
        userId: "u",
        sessionId: "s",
        tenantId: "t",
        endpoint: "/chat",
        tags: ["a"],
        promptName: "p",
        promptVersion: "3",
        metadata: { plan: "pro" },
      },
      () => {
        trace("below", () => withContext({ userId: "other" }, () => trace("deeper", () => undefined)));
      },
    );
    trace("beside", () => undefined);
    const expected = {
      "session.id": "s",
      "app.tenant.id": "t",
      "app.endpoint": "/chat",
      "app.tags": ["a"],
      "gen_ai.prompt.name": "p",
      "gen_ai.prompt.version": "3",
      "app.metadata.plan": "pro",
    };
    expect((await named("below")).attributes).toEqual({ ...expected, "user.id": "u" });
    expect((await named("deeper")).attributes).toEqual({ ...expected, "user.id": "other" });
    expect((await named("beside")).attributes).toEqual({});
  });

  test("startSpan() is not active and ends when it is told to, once", async () => {
    const span = startSpan("free", { attributes: { a: 1 } });
    expect(traceApi.getActiveSpan()).toBeUndefined();
    span.addEvent("half", { done: 0.5 });
    span.end();
    span.setAttribute("late", true).end();
    const spans = await recorded.flush();
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({
      attributes: { a: 1 },
      events: [{ name: "half", attributes: { done: 0.5 } }],
    });
  });
});

test("content stays in the process unless it is asked for, per call too", async () => {
  const recorded = await startRecordedSdk();
  const call = (): Promise<string> => tool({ name: "t", arguments: { secret: "s3cr3t" } }, () => "s3cr3t");
  await call();
  await retrieval({ source: "x", query: "s3cr3t" }, () => Promise.resolve([{ id: "1", content: "s3cr3t" }]));
  await withContext({ captureContent: true }, call);
  const [closed, search, open] = await recorded.flush();
  expect(JSON.stringify([closed?.attributes, search?.attributes])).not.toContain("s3cr3t");
  expect(search?.attributes["app.retrieval.document_count"]).toBe(1);
  expect(open?.attributes["gen_ai.tool.call.result"]).toBe("s3cr3t");
  await recorded.stop();
});

test("without the SDK running the helpers run their work and nothing else", async () => {
  expect(trace("x", () => 1)).toBe(1);
  expect(await tool({ name: "t", arguments: 2 }, (value) => value * 2)).toBe(4);
  expect(retrieval({}, () => ["a"])).toEqual(["a"]);
});
