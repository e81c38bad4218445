import { context, propagation, ROOT_CONTEXT, trace as traceApi } from "@opentelemetry/api";
import OpenAI from "openai";
import { afterEach, describe, expect, test } from "vitest";
import { completion } from "../testing/openai-answers.ts";
import { createProvider, json } from "../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../testing/recorded-sdk.ts";
import { init, shutdown, trace, withContext, wrap, type CallRecord } from "./index.ts";

const ask = { model: "gpt-4o-mini", messages: [{ role: "user" as const, content: "Hi" }] };
const connect = (...answers: Parameters<typeof createProvider>): OpenAI =>
  wrap(new OpenAI({ apiKey: "sk-test", maxRetries: 0, fetch: createProvider(...answers).fetch }));

let recorded: RecordedSdk | undefined;
afterEach(async () => {
  await recorded?.stop();
  recorded = undefined;
});

describe("init()", () => {
  test("called twice gives the running SDK, and every span once", async () => {
    recorded = await startRecordedSdk();
    expect(init({ service: "second" })).toBe(recorded.sdk);
    await connect(json(completion)).chat.completions.create(ask);
    await recorded.flushOne();
    expect(recorded.receiver.traceRequests()[0]?.resource["service.name"]).toBe("test");
  });

  test("gives the globals back at its shutdown and can be started again", async () => {
    const first = await startRecordedSdk();
    await first.stop();
    expect(trace("ignored", (span) => span.isRecording())).toBe(false);
    recorded = await startRecordedSdk();
    expect(trace("kept", (span) => span.isRecording())).toBe(true);
    expect((await recorded.flush()).map(({ name }) => name)).toEqual(["kept"]);
    expect(first.receiver.spans()).toEqual([]);
  });

  test("serves the OpenTelemetry API to whoever instruments with it", async () => {
    recorded = await startRecordedSdk();
    const tracer = traceApi.getTracer("pg", "1.0");
    withContext({ userId: "u" }, () =>
      tracer.startActiveSpan("query", { attributes: { "db.system.name": "postgresql" } }, (span) => {
        trace("inside", () => undefined);
        span.end();
      }),
    );
    const [query, inside] = await recorded.flush();
    expect(query).toMatchObject({
      scope: "pg",
      attributes: { "db.system.name": "postgresql", "user.id": "u" },
    });
    expect(inside?.parentSpanId).toBe(query?.spanId);
  });

  test("carries traces in and out by W3C headers, baggage included", async () => {
    recorded = await startRecordedSdk();
    const incoming = {
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      tracestate: "vendor=1",
      baggage: "tenant=acme%20inc",
    };
    const carrier: Record<string, string> = {};
    context.with(propagation.extract(ROOT_CONTEXT, incoming), () =>
      trace("served", () => propagation.inject(context.active(), carrier)),
    );
    const span = await recorded.flushOne();
    expect(span).toMatchObject({
      traceId: incoming.traceparent.slice(3, 35),
      parentSpanId: "b7ad6b7169203331",
      traceState: "vendor=1",
      flags: 0x301,
    });
    expect(carrier).toEqual({
      traceparent: `00-${span.traceId}-${span.spanId}-01`,
      tracestate: "vendor=1",
      baggage: "tenant=acme%20inc",
    });
  });

  test.each([
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
    "nonsense",
  ])("a traceparent that is none (%s) starts a new trace", async (traceparent) => {
    recorded = await startRecordedSdk();
    context.with(propagation.extract(ROOT_CONTEXT, { traceparent }), () => trace("served", () => undefined));
    expect((await recorded.flushOne()).parentSpanId).toBe("");
  });

  test("a parent that was not sampled keeps its calls out", async () => {
    recorded = await startRecordedSdk();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
    const client = connect(json(completion));
    await context.with(propagation.extract(ROOT_CONTEXT, { traceparent }), () =>
      client.chat.completions.create(ask),
    );
    expect(await recorded.flush()).toEqual([]);
  });
});

describe("the hooks", () => {
  test("onRequest and onResponse carry what their names promise", async () => {
    recorded = await startRecordedSdk();
    const seen: { hook: string; call: CallRecord }[] = [];
    recorded.sdk.hooks.on("onRequest", (call) => seen.push({ hook: "request", call }));
    recorded.sdk.hooks.on("onResponse", (call) => seen.push({ hook: "response", call }));
    const tools = [{ type: "function" as const, function: { name: "f" } }];
    await connect(json(completion)).chat.completions.create({ ...ask, tools });
    recorded.sdk.hooks.drain();
    expect(seen.map(({ hook }) => hook)).toEqual(["request", "response"]);
    expect(seen[0]?.call).toMatchObject({
      model: "gpt-4o-mini-2024-07-18",
      requestModel: "gpt-4o-mini",
      toolCount: 1,
      messages: [{ role: "user", parts: [{ type: "text", content: "Hi" }] }],
    });
    expect(seen[1]?.call).toMatchObject({
      finishReason: "stop",
      usage: { inputTokens: 120, outputTokens: 40, cacheReadTokens: 64, reasoningTokens: 24 },
      outputMessages: [
        { role: "assistant", parts: [{ type: "text", content: "Paris." }], finish_reason: "stop" },
      ],
    });
    expect(seen[1]?.call.latencyMs).toBeGreaterThan(0);
  });

  test("a callback that throws, rejects or never ends changes nothing for the call or for the others", async () => {
    recorded = await startRecordedSdk();
    let reached = 0;
    recorded.sdk.hooks.on("onResponse", () => {
      throw new Error("observer");
    });
    recorded.sdk.hooks.on("onResponse", () => Promise.reject(new Error("observer")));
    recorded.sdk.hooks.on("onResponse", () => new Promise(() => undefined));
    const stop = recorded.sdk.hooks.on("onResponse", () => reached++);
    const client = connect(json(completion));
    expect((await client.chat.completions.create(ask)).id).toBe("chatcmpl-1");
    await recorded.flushOne();
    expect(reached).toBe(1);
    stop();
    await client.chat.completions.create(ask);
    await recorded.flush();
    expect(reached).toBe(1);
  });
});

test("activateLeaf makes the call the parent of what the client does inside it", async () => {
  recorded = await startRecordedSdk({ activateLeaf: true });
  const answer = json(completion);
  const client = connect((signal) => {
    trace("http", () => undefined);
    return answer(signal);
  });
  await client.chat.completions.create(ask);
  const [call, http] = await recorded.flush();
  expect(call).toMatchObject({ name: "chat gpt-4o-mini", kind: 3 });
  expect(call?.attributes["gen_ai.usage.input_tokens"]).toBe(120);
  expect(http).toMatchObject({ name: "http", parentSpanId: call?.spanId });
});

test("shutdown() without a running SDK is nothing", async () => {
  await expect(shutdown()).resolves.toBeUndefined();
});
