import AnthropicNew from "@anthropic-ai/sdk";
import { trace as traceApi } from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import AnthropicOld from "anthropic-old";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wrap, type CallRecord } from "../../index.ts";
import { message, messageEvents, overloaded, toolMessage } from "../../../testing/anthropic-answers.ts";
import { createProvider, events, json, type FakeProvider } from "../../../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../../../testing/recorded-sdk.ts";

// The two differ in types, not in what is used here.
const clients = [
  ["@anthropic-ai/sdk 0.133, which does not trace itself", AnthropicOld as unknown as typeof AnthropicNew],
  ["@anthropic-ai/sdk 1.11, which traces itself", AnthropicNew],
] as const;

const ask = {
  model: "claude-sonnet-4-5",
  max_tokens: 100,
  temperature: 0.2,
  system: "Be brief.",
  messages: [{ role: "user" as const, content: "What is the capital of France?" }],
};

describe.each(clients)("%s", (_name, Client) => {
  let recorded: RecordedSdk;
  let provider: FakeProvider;
  const connect = (...answers: Parameters<typeof createProvider>): AnthropicNew => {
    provider = createProvider(...answers);
    return wrap(new Client({ apiKey: "sk-ant-test", fetch: provider.fetch, maxRetries: 0 }));
  };

  beforeEach(async () => {
    recorded = await startRecordedSdk({ captureContent: true });
  });
  afterEach(() => recorded.stop());

  const expected = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": "claude-sonnet-4-5",
    "gen_ai.response.model": "claude-sonnet-4-5-20250929",
    "gen_ai.response.id": "msg_1",
    "gen_ai.response.finish_reasons": ["end_turn"],
    "gen_ai.request.temperature": 0.2,
    // 10 + 50 written to the cache + 64 read from it.
    "gen_ai.usage.input_tokens": 124,
    "gen_ai.usage.cache_read.input_tokens": 64,
    "gen_ai.usage.cache_creation.input_tokens": 50,
    "gen_ai.usage.output_tokens": 12,
    "server.address": "api.anthropic.com",
    "gen_ai.system_instructions": '[{"type":"text","content":"Be brief."}]',
    "gen_ai.output.messages":
      '[{"role":"assistant","parts":[{"type":"text","content":"Paris."}],"finish_reason":"end_turn"}]',
  };

  test("a message is one span, with inclusive tokens, cost, stop reason and content", async () => {
    const client = connect(json(message));
    expect((await client.messages.create(ask)).id).toBe("msg_1");
    const span = await recorded.flushOne();
    expect(span).toMatchObject({ name: "chat claude-sonnet-4-5", kind: 3, status: { code: 0 } });
    expect(span.attributes).toMatchObject(expected);
    // 10 × $3 + 50 × $3.75 + 64 × $0.30 + 12 × $15, per million.
    expect(span.attributes["app.cost.usd"]).toBeCloseTo(0.0004167, 10);
  });

  test("a raw stream is one span, with its content and its time to the first token", async () => {
    const client = connect(events(messageEvents, { named: true }));
    const types: string[] = [];
    for await (const event of await client.messages.create({ ...ask, stream: true })) types.push(event.type);
    expect(types).toEqual(messageEvents.map(({ type }) => type));
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({
      ...expected,
      "app.stream.end": "completed",
      "gen_ai.request.stream": true,
    });
    expect(span.attributes["gen_ai.response.time_to_first_chunk"]).toBeGreaterThan(0);
  });

  test("the .stream() helper keeps its events and its final message", async () => {
    const client = connect(events(messageEvents, { named: true }));
    const helper = client.messages.stream(ask);
    const texts: string[] = [];
    helper.on("text", (text) => texts.push(text));
    expect((await helper.finalMessage()).content[0]).toMatchObject({ text: "Paris." });
    expect(texts).toEqual(["Par", "is."]);
    expect((await recorded.flushOne()).attributes).toMatchObject(expected);
  });

  test("withResponse() and asResponse() are one span each", async () => {
    const client = connect(json(message));
    const { data, response } = await client.messages.create(ask).withResponse();
    expect([data.id, response.status]).toEqual(["msg_1", 200]);
    const raw = await client.messages.create(ask).asResponse();
    expect(await raw.json()).toMatchObject({ id: "msg_1" });
    const [first, second] = await recorded.flush();
    expect(await recorded.flush()).toHaveLength(2);
    expect(first?.attributes).toMatchObject(expected);
    expect(second?.attributes).not.toHaveProperty("gen_ai.usage.input_tokens");
  });

  test("tool use is seen whole, streamed and not", async () => {
    const streamed = [
      messageEvents[0],
      {
        type: "content_block_start",
        index: 0,
        content_block: { type: "tool_use", id: "toolu_1", name: "get_weather", input: {} },
      },
      {
        type: "content_block_delta",
        index: 0,
        delta: { type: "input_json_delta", partial_json: '{"city":' },
      },
      {
        type: "content_block_delta",
        index: 0,
        delta: { type: "input_json_delta", partial_json: '"Paris"}' },
      },
      { type: "content_block_stop", index: 0 },
      {
        type: "message_delta",
        delta: { stop_reason: "tool_use", stop_sequence: null },
        usage: { output_tokens: 12 },
      },
      { type: "message_stop" },
    ];
    const client = connect(json(toolMessage), events(streamed, { named: true }));
    const tools = [{ name: "get_weather", input_schema: { type: "object" as const } }];
    await client.messages.create({ ...ask, tools });
    for await (const _ of await client.messages.create({ ...ask, tools, stream: true }));
    for (const span of await recorded.flush()) {
      expect(span.attributes["gen_ai.response.finish_reasons"]).toEqual(["tool_use"]);
      const output = JSON.parse(span.attributes["gen_ai.output.messages"] as string) as { parts: object[] }[];
      expect(output[0]?.parts.at(-1)).toEqual({
        type: "tool_call",
        id: "toolu_1",
        name: "get_weather",
        arguments: { city: "Paris" },
      });
    }
  });

  test("a break ends the span with the input counted and the output estimated", async () => {
    const client = connect(events(messageEvents, { named: true }));
    for await (const event of await client.messages.create({ ...ask, stream: true }))
      if (event.type === "content_block_delta") break;
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({
      "app.stream.end": "break",
      "app.stream.incomplete": true,
      "app.usage.estimated": true,
      "gen_ai.usage.input_tokens": 124,
      "gen_ai.usage.output_tokens": 1,
    });
  });

  test("an abort in mid-stream ends the span once", async () => {
    const client = connect(events(messageEvents, { named: true }));
    const stream = await client.messages.create({ ...ask, stream: true });
    let count = 0;
    for await (const _ of stream) if (++count === 2) stream.controller.abort();
    expect((await recorded.flushOne()).attributes).toMatchObject({ "app.stream.end": "abort" });
  });

  test("an overloaded provider is one failed span and the client's own error", async () => {
    const client = connect(json(overloaded, 529));
    await expect(client.messages.create(ask)).rejects.toBeInstanceOf(Client.InternalServerError);
    const span = await recorded.flushOne();
    expect(span.status.code).toBe(2);
    expect(span.attributes["error.type"]).toBe("529");
  });

  test("the hooks hear of it", async () => {
    const calls: CallRecord[] = [];
    recorded.sdk.hooks.on("onResponse", (call) => calls.push(call));
    await connect(json(message)).messages.create(ask);
    await recorded.flush();
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({ model: "claude-sonnet-4-5-20250929", finishReason: "end_turn" });
  });

  test("an error in a stream, which has no status, is told by what the provider calls it", async () => {
    const broken = [
      ...messageEvents.slice(0, 3),
      { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
    ];
    const client = connect(events(broken, { named: true }));
    const stream = await client.messages.create({ ...ask, stream: true });
    const read = async (): Promise<void> => {
      for await (const _ of stream);
    };
    await expect(read()).rejects.toThrow("Overloaded");
    const { attributes, status } = await recorded.flushOne();
    expect(status.code).toBe(2);
    expect(attributes).toMatchObject({
      "error.type": "overloaded_error",
      "app.error.code": "overloaded_error",
      "app.stream.end": "error",
    });
  });

  test("the beta API is traced too", async () => {
    const client = connect(json(message));
    await client.beta.messages.create({ ...ask, betas: [] });
    expect((await recorded.flushOne()).attributes["gen_ai.usage.input_tokens"]).toBe(124);
  });
});

test("beside an application's own provider the client's own span becomes the one span", async () => {
  const exporter = new InMemorySpanExporter();
  traceApi.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  const recorded = await startRecordedSdk();
  const provider = createProvider(events(messageEvents, { named: true }));
  const client = wrap(new AnthropicNew({ apiKey: "sk-ant-test", fetch: provider.fetch, maxRetries: 0 }));
  for await (const _ of await client.messages.create({ ...ask, stream: true }));
  await recorded.sdk.forceFlush();
  const spans = exporter.getFinishedSpans();
  expect(spans).toHaveLength(1);
  expect(spans[0]?.attributes).toMatchObject({
    "gen_ai.response.finish_reasons": ["end_turn"],
    "gen_ai.usage.output_tokens": 12,
  });
  await recorded.stop();
  traceApi.disable();
});

test("a client that traces itself and is not wrapped still gives one span", async () => {
  const recorded = await startRecordedSdk();
  const { fetch } = createProvider(json(message));
  await new AnthropicNew({ apiKey: "sk-ant-test", fetch, maxRetries: 0 }).messages.create(ask);
  const span = await recorded.flushOne();
  expect(span.scope).toBe("com.anthropic.sdk.typescript");
  await recorded.stop();
});
