import OpenAI6 from "openai";
import OpenAI7 from "openai7";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wrap } from "../../index.ts";
import {
  chatChunks,
  completion,
  embedding,
  rateLimit,
  response,
  responseEvents,
  toolCompletion,
  usageChunk,
} from "../../../testing/openai-answers.ts";
import { createProvider, events, json, type FakeProvider } from "../../../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../../../testing/recorded-sdk.ts";

// The two majors differ in types, not in what is used here.
const clients = [
  ["openai 6", OpenAI6],
  ["openai 7", OpenAI7 as unknown as typeof OpenAI6],
] as const;

const ask = {
  model: "gpt-4o-mini",
  messages: [{ role: "user" as const, content: "What is the capital of France?" }],
};
const schema = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

describe.each(clients)("%s", (_name, Client) => {
  let recorded: RecordedSdk;
  let provider: FakeProvider;

  const connect = (...answers: Parameters<typeof createProvider>): OpenAI6 => {
    provider = createProvider(...answers);
    return wrap(
      new Client({
        apiKey: "sk-test",
        fetch: provider.fetch,
        maxRetries: 0,
        baseURL: "http://llm.internal:8123/v1",
      }),
    );
  };

  beforeEach(async () => {
    recorded = await startRecordedSdk({ captureContent: true });
  });
  afterEach(() => recorded.stop());

  test("a chat completion is one span with model, tokens, finish reason, ids and cost", async () => {
    const client = connect(json(completion));
    const answer = await client.chat.completions.create({
      ...ask,
      temperature: 0.2,
      max_completion_tokens: 100,
    });
    expect(answer.choices[0]?.message.content).toBe("Paris.");
    const span = await recorded.flushOne();
    expect(span).toMatchObject({ name: "chat gpt-4o-mini", kind: 3, status: { code: 0 } });
    expect(span.attributes).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "gpt-4o-mini",
      "gen_ai.request.temperature": 0.2,
      "gen_ai.request.max_tokens": 100,
      "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
      "gen_ai.response.id": "chatcmpl-1",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": 120,
      "gen_ai.usage.output_tokens": 40,
      "gen_ai.usage.cache_read.input_tokens": 64,
      "gen_ai.usage.reasoning.output_tokens": 24,
      "openai.api.type": "chat_completions",
      "openai.response.service_tier": "default",
      "openai.response.system_fingerprint": "fp_1",
    });
    // 56 × $0.15 + 64 × $0.075 + 40 × $0.60, per million.
    expect(span.attributes["app.cost.usd"]).toBeCloseTo(0.0000372, 12);
    expect(span.attributes).not.toHaveProperty("gen_ai.request.stream");
  });

  test("the span tells the server the client really talks to", async () => {
    const client = connect(json(completion));
    await client.chat.completions.create(ask);
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({ "server.address": "llm.internal", "server.port": 8123 });
    expect(provider.requests[0]?.url).toBe("http://llm.internal:8123/v1/chat/completions");
  });

  test("a streamed chat asks for usage, reports it, and hides the chunk nobody asked for", async () => {
    const client = connect(events(chatChunks));
    const stream = await client.chat.completions.create({ ...ask, stream: true });
    let text = "";
    let chunks = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      chunks++;
    }
    expect([text, chunks]).toEqual(["Paris.", 5]);
    expect(provider.requests[0]?.body["stream_options"]).toEqual({ include_usage: true });
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({
      "gen_ai.request.stream": true,
      "gen_ai.response.id": "chatcmpl-2",
      "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": 120,
      "gen_ai.usage.output_tokens": 40,
      "gen_ai.usage.cache_read.input_tokens": 64,
      "gen_ai.usage.reasoning.output_tokens": 24,
      "app.stream.end": "completed",
      "app.stream.chunk_count": 6,
    });
    const toFirst = span.attributes["gen_ai.response.time_to_first_chunk"] as number;
    expect(toFirst).toBeGreaterThan(0);
    expect(toFirst).toBeLessThanOrEqual(Number(span.endNs - span.startNs) / 1e9);
    expect(span.attributes["app.stream.max_gap"]).toBeGreaterThanOrEqual(0);
    expect(JSON.parse(span.attributes["gen_ai.output.messages"] as string)).toEqual([
      { role: "assistant", parts: [{ type: "text", content: "Paris." }], finish_reason: "stop" },
    ]);
  });

  test("a raw response of a stream holds what the application asked for, and no more", async () => {
    const client = connect(events(chatChunks));
    const raw = await client.chat.completions.create({ ...ask, stream: true }).asResponse();
    expect(await raw.text()).toContain("Par");
    const { data } = await client.chat.completions.create({ ...ask, stream: true }).withResponse();
    for await (const _ of data);
    const asked = provider.requests.map(({ body }) => body["stream_options"]);
    expect(asked).toEqual([undefined, { include_usage: true }]);
    expect(await recorded.flush()).toHaveLength(2);
  });

  test("an application that asked for usage sees its chunk, one that declined is not overruled", async () => {
    const client = connect(events(chatChunks), events(chatChunks.slice(0, -1)));
    const asked = await client.chat.completions.create({
      ...ask,
      stream: true,
      stream_options: { include_usage: true },
    });
    const seen: unknown[] = [];
    for await (const chunk of asked) seen.push(chunk);
    expect(seen).toHaveLength(6);
    expect(seen.at(-1)).toMatchObject({ choices: [], usage: usageChunk.usage });
    const declined = await client.chat.completions.create({
      ...ask,
      stream: true,
      stream_options: { include_usage: false },
    });
    for await (const chunk of declined) seen.push(chunk);
    expect(provider.requests[1]?.body["stream_options"]).toEqual({ include_usage: false });
    const [first, second] = await recorded.flush();
    expect(first?.attributes["gen_ai.usage.input_tokens"]).toBe(120);
    expect(first?.attributes).not.toHaveProperty("app.usage.estimated");
    expect(second?.attributes["app.usage.estimated"]).toBe(true);
    expect(second?.attributes["gen_ai.usage.output_tokens"]).toBe(2);
  });

  test("the request the application made is not changed", async () => {
    const client = connect(events(chatChunks));
    const body = Object.freeze({ ...ask, stream: true as const });
    const options = Object.freeze({ headers: { "x-mine": "1" } });
    for await (const _ of await client.chat.completions.create(body, options));
    expect(body).not.toHaveProperty("stream_options");
    expect(provider.requests[0]?.headers.get("x-mine")).toBe("1");
    await recorded.flushOne();
  });

  test("the responses API is read, with cached and reasoning tokens", async () => {
    const client = connect(json(response));
    const answer = await client.responses.create({
      model: "gpt-5-mini",
      instructions: "Be brief.",
      input: "Where?",
    });
    expect(answer.output_text).toBe('{"city":"Paris"}');
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({
      "gen_ai.operation.name": "chat",
      "openai.api.type": "responses",
      "gen_ai.response.id": "resp_1",
      "gen_ai.response.model": "gpt-5-mini-2025-08-07",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": 50,
      "gen_ai.usage.cache_read.input_tokens": 10,
      "gen_ai.usage.output_tokens": 30,
      "gen_ai.usage.reasoning.output_tokens": 12,
      "gen_ai.system_instructions": '[{"type":"text","content":"Be brief."}]',
      "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Where?"}]}]',
    });
  });

  test("a streamed response is read, and its first token is not its announcement", async () => {
    const client = connect(events(responseEvents, { named: true }));
    const stream = await client.responses.create({ model: "gpt-5-mini", input: "Where?", stream: true });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types).toEqual(responseEvents.map(({ type }) => type));
    expect(provider.requests[0]?.body).not.toHaveProperty("stream_options");
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({
      "gen_ai.usage.output_tokens": 30,
      "gen_ai.usage.reasoning.output_tokens": 12,
      "gen_ai.response.model": "gpt-5-mini-2025-08-07",
      "app.stream.end": "completed",
    });
    expect(span.attributes["gen_ai.response.time_to_first_chunk"]).toBeGreaterThan(0);
  });

  test("parse() of both APIs parses, and is one span each", async () => {
    const parsed = {
      ...completion,
      choices: [
        {
          ...completion.choices[0],
          message: { role: "assistant", content: '{"city":"Paris"}', refusal: null },
        },
      ],
    };
    const client = connect(json(parsed), json(response));
    const chat = await client.chat.completions.parse({
      ...ask,
      response_format: { type: "json_schema", json_schema: { name: "place", strict: true, schema } },
    });
    expect(chat.choices[0]?.message.content).toBe('{"city":"Paris"}');
    const answer = await client.responses.parse({
      model: "gpt-5-mini",
      input: "Where?",
      text: { format: { type: "json_schema", name: "place", strict: true, schema } },
    });
    expect(answer.output_parsed).toEqual({ city: "Paris" });
    const spans = await recorded.flush();
    expect(spans.map(({ attributes }) => attributes["gen_ai.usage.output_tokens"])).toEqual([40, 30]);
    expect(spans[0]?.attributes["gen_ai.output.type"]).toBe("json");
  });

  test("withResponse() gives data and response, and is one span", async () => {
    const client = connect(json(completion), json(response));
    const { data, response: raw, request_id } = await client.chat.completions.create(ask).withResponse();
    expect([data.id, raw.status, request_id]).toEqual(["chatcmpl-1", 200, "req_1"]);
    const second = await client.responses.create({ model: "gpt-5-mini", input: "Where?" }).withResponse();
    expect(second.data.output_text).toBe('{"city":"Paris"}');
    const spans = await recorded.flush();
    expect(spans.map(({ attributes }) => attributes["gen_ai.usage.input_tokens"])).toEqual([120, 50]);
  });

  test("asResponse() leaves the body to the application, and is one span without tokens", async () => {
    const client = connect(json(completion), json(response), json(embedding));
    const raw = await client.chat.completions.create(ask).asResponse();
    expect(await raw.json()).toMatchObject({ id: "chatcmpl-1" });
    const second = await client.responses.create({ model: "gpt-5-mini", input: "Where?" }).asResponse();
    expect(await second.json()).toMatchObject({ id: "resp_1" });
    await client.embeddings.create({ model: "text-embedding-3-small", input: "x" }).asResponse();
    const spans = await recorded.flush();
    expect(spans.map(({ name }) => name)).toEqual([
      "chat gpt-4o-mini",
      "chat gpt-5-mini",
      "embeddings text-embedding-3-small",
    ]);
    expect(spans[0]?.attributes["http.response.status_code"]).toBe(200);
    expect(spans[0]?.attributes).not.toHaveProperty("gen_ai.usage.input_tokens");
  });

  test("the chat .stream() helper keeps its events and its final completion", async () => {
    const client = connect(events(chatChunks));
    const helper = client.chat.completions.stream(ask);
    const pieces: string[] = [];
    helper.on("content", (piece) => pieces.push(piece));
    expect((await helper.finalChatCompletion()).choices[0]?.message.content).toBe("Paris.");
    expect(pieces).toEqual(["Par", "is", "."]);
    const span = await recorded.flushOne();
    expect(span.attributes["gen_ai.usage.output_tokens"]).toBe(40);
  });

  test("the responses .stream() helper keeps its final response", async () => {
    const client = connect(events(responseEvents, { named: true }));
    const helper = client.responses.stream({ model: "gpt-5-mini", input: "Where?" });
    expect((await helper.finalResponse()).output_text).toBe('{"city":"Paris"}');
    const span = await recorded.flushOne();
    expect(span.attributes["gen_ai.usage.output_tokens"]).toBe(30);
  });

  test("the stream keeps its class, its controller and toReadableStream()", async () => {
    const client = connect(events(chatChunks));
    const bare = new Client({ apiKey: "sk-test", fetch: createProvider(events(chatChunks)).fetch });
    const stream = await client.chat.completions.create({ ...ask, stream: true });
    const untouched = await bare.chat.completions.create({ ...ask, stream: true });
    expect(stream.constructor).toBe(untouched.constructor);
    expect(stream.controller).toBeInstanceOf(AbortController);
    const lines = (await new Response(stream.toReadableStream()).text()).trim().split("\n");
    expect(lines).toHaveLength(5);
    const span = await recorded.flushOne();
    expect(span.attributes["app.stream.end"]).toBe("completed");
  });

  test("tee() gives two whole streams and one span", async () => {
    const client = connect(events(chatChunks));
    const [left, right] = (await client.chat.completions.create({ ...ask, stream: true })).tee();
    const read = async (stream: AsyncIterable<OpenAI6.ChatCompletionChunk>): Promise<number> => {
      let count = 0;
      for await (const _ of stream) count++;
      return count;
    };
    expect(await Promise.all([read(left), read(right)])).toEqual([5, 5]);
    const span = await recorded.flushOne();
    expect(span.attributes["gen_ai.usage.output_tokens"]).toBe(40);
  });

  test("a break ends the span at once, with what was read and a mark", async () => {
    const client = connect(events(chatChunks));
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true }))
      if (chunk.choices[0]?.delta.content === "is") break;
    const span = await recorded.flushOne();
    expect(span.status.code).toBe(0);
    expect(span.attributes).toMatchObject({
      "app.stream.end": "break",
      "app.stream.incomplete": true,
      "app.usage.estimated": true,
      "gen_ai.usage.output_tokens": 2,
    });
    expect(span.attributes["gen_ai.output.messages"]).toContain("Paris");
  });

  test("an abort in mid-stream ends the span once, marked as aborted", async () => {
    const client = connect(events(chatChunks));
    const stream = await client.chat.completions.create({ ...ask, stream: true });
    let chunks = 0;
    for await (const _ of stream) if (++chunks === 2) stream.controller.abort();
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({ "app.stream.end": "abort", "app.stream.incomplete": true });
    expect(chunks).toBeLessThan(5);
  });

  test("an abort before the answer is a failed span and the client's own error", async () => {
    const client = connect(json(completion));
    const controller = new AbortController();
    controller.abort();
    const failed = client.chat.completions.create(ask, { signal: controller.signal });
    await expect(failed).rejects.toBeInstanceOf(Client.APIUserAbortError);
    const span = await recorded.flushOne();
    expect(span.attributes["error.type"]).toBe("APIUserAbortError");
  });

  test("a 429 is one failed span and the client's own error", async () => {
    const client = connect(json(rateLimit, 429));
    await expect(client.chat.completions.create(ask)).rejects.toBeInstanceOf(Client.RateLimitError);
    const span = await recorded.flushOne();
    expect(span.status).toEqual({ code: 2, message: "429 Rate limit reached" });
    expect(span.attributes).toMatchObject({ "error.type": "429", "app.error.code": "rate_limit_exceeded" });
    expect(span.attributes).not.toHaveProperty("gen_ai.usage.input_tokens");
  });

  test("a 429 is one failed span for withResponse(), asResponse() and streams too", async () => {
    const client = connect(json(rateLimit, 429));
    await expect(client.chat.completions.create(ask).withResponse()).rejects.toThrow("429");
    await expect(client.chat.completions.create(ask).asResponse()).rejects.toThrow("429");
    await expect(client.chat.completions.create({ ...ask, stream: true })).rejects.toThrow("429");
    await expect(client.responses.create({ model: "gpt-5-mini", input: "x" })).rejects.toThrow("429");
    const spans = await recorded.flush();
    expect(spans.map(({ attributes }) => attributes["error.type"])).toEqual(["429", "429", "429", "429"]);
  });

  test("an error event inside a stream fails the span and reaches the application", async () => {
    const client = connect(
      events([...chatChunks.slice(0, 2), { error: { message: "overloaded", code: "overloaded" } }]),
    );
    const stream = await client.chat.completions.create({ ...ask, stream: true });
    await expect(async () => {
      for await (const _ of stream);
    }).rejects.toThrow();
    const span = await recorded.flushOne();
    expect(span.status.code).toBe(2);
    expect(span.attributes).toMatchObject({ "app.stream.end": "error", "error.type": "APIError" });
  });

  test("a response that fails while it streams is a failed span", async () => {
    const failed = {
      ...response,
      status: "failed",
      output: [],
      usage: null,
      error: { code: "server_error", message: "broken" },
    };
    const client = connect(
      events([responseEvents[0], { type: "response.failed", sequence_number: 1, response: failed }], {
        named: true,
      }),
    );
    for await (const _ of await client.responses.create({ model: "gpt-5-mini", input: "x", stream: true }));
    const span = await recorded.flushOne();
    expect(span.status).toEqual({ code: 2, message: "broken" });
    expect(span.attributes["error.type"]).toBe("server_error");
  });

  test("an answer that is no JSON fails the span with the client's own error", async () => {
    const client = connect(() => new Response("{oops", { headers: { "content-type": "application/json" } }));
    await expect(client.chat.completions.create(ask)).rejects.toBeInstanceOf(Error);
    const span = await recorded.flushOne();
    expect(span.attributes["error.type"]).toBe("SyntaxError");
  });

  test("tool calls are seen whole, streamed and not, with the tools on offer", async () => {
    const pieces = [
      {
        role: "assistant",
        tool_calls: [
          { index: 0, id: "call_1", type: "function", function: { name: "get_weather", arguments: "" } },
        ],
      },
      { tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '"Paris"}' } }] },
    ].map((delta) => ({ id: "c", model: "m", choices: [{ index: 0, delta, finish_reason: null }] }));
    const last = { id: "c", model: "m", choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] };
    const client = connect(json(toolCompletion), events([...pieces, last, usageChunk]));
    const tools = [{ type: "function" as const, function: { name: "get_weather", parameters: schema } }];
    await client.chat.completions.create({ ...ask, tools });
    for await (const _ of await client.chat.completions.create({ ...ask, tools, stream: true }));
    for (const span of await recorded.flush()) {
      expect(span.attributes["gen_ai.response.finish_reasons"]).toEqual(["tool_calls"]);
      expect(JSON.parse(span.attributes["gen_ai.output.messages"] as string)).toEqual([
        {
          role: "assistant",
          parts: [{ type: "tool_call", id: "call_1", name: "get_weather", arguments: { city: "Paris" } }],
          finish_reason: "tool_calls",
        },
      ]);
      expect(JSON.parse(span.attributes["gen_ai.tool.definitions"] as string)).toHaveLength(1);
    }
  });

  test("runTools() calls its tools, and each model call is a span", async () => {
    const client = connect(json(toolCompletion), json(completion));
    const runner = client.chat.completions.runTools({
      ...ask,
      tools: [
        {
          type: "function",
          function: {
            name: "get_weather",
            function: () => "sunny",
            parse: JSON.parse,
            parameters: schema,
            description: "weather",
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe("Paris.");
    const spans = (await recorded.flush()).filter(({ name }) => name.startsWith("chat"));
    expect(spans.map(({ attributes }) => attributes["gen_ai.response.finish_reasons"])).toEqual([
      ["tool_calls"],
      ["stop"],
    ]);
    expect(spans[1]?.attributes["gen_ai.input.messages"]).toContain(
      '"tool_call_response","id":"call_1","response":"sunny"',
    );
  });

  test("embeddings are decoded for the application and counted", async () => {
    const client = connect(json(embedding));
    const answer = await client.embeddings.create({ model: "text-embedding-3-small", input: ["a", "b"] });
    expect(Array.from(answer.data[0]?.embedding ?? [])).toEqual([0.5, -0.25]);
    const span = await recorded.flushOne();
    expect(span.name).toBe("embeddings text-embedding-3-small");
    expect(span.attributes).toMatchObject({
      "gen_ai.operation.name": "embeddings",
      "gen_ai.usage.input_tokens": 8,
      "gen_ai.response.model": "text-embedding-3-small",
    });
    expect(span.attributes["app.cost.usd"]).toBeCloseTo(8 * 0.02e-6, 15);
  });

  test("wrapping returns the same object, twice is once, and copies by withOptions() are watched", async () => {
    const client = connect(json(completion));
    expect(wrap(client)).toBe(client);
    expect(client).toBeInstanceOf(Client);
    expect(Object.keys(client)).toEqual(Object.keys(new Client({ apiKey: "sk-test" })));
    await client.chat.completions.create(ask);
    await client.withOptions({ timeout: 1000 }).chat.completions.create(ask);
    expect(await recorded.flush()).toHaveLength(2);
  });

  test("the promise is the client's own, and other endpoints are left alone", async () => {
    const client = connect(json(completion), json({ object: "list", results: [] }));
    const bare = new Client({ apiKey: "sk-test", fetch: createProvider(json(completion)).fetch });
    const promise = client.chat.completions.create(ask);
    expect(promise.constructor).toBe(bare.chat.completions.create(ask).constructor);
    expect(await promise.finally(() => undefined)).toMatchObject({ id: "chatcmpl-1" });
    await client.moderations.create({ input: "x" });
    expect(await recorded.flush()).toHaveLength(1);
  });

  test("without the SDK running a wrapped client works and sends what the application sent", async () => {
    const client = connect(events(chatChunks));
    await recorded.sdk.shutdown();
    let chunks = 0;
    for await (const _ of await client.chat.completions.create({ ...ask, stream: true })) chunks++;
    expect(chunks).toBe(6);
    expect(provider.requests[0]?.body).not.toHaveProperty("stream_options");
  });

  test("a client with retries makes one span for all its attempts", async () => {
    provider = createProvider(json(rateLimit, 429, { "retry-after-ms": "1" }), json(completion));
    const client = wrap(new Client({ apiKey: "sk-test", fetch: provider.fetch, maxRetries: 1 }));
    await client.chat.completions.create(ask);
    expect(provider.requests).toHaveLength(2);
    const span = await recorded.flushOne();
    expect(span.attributes["gen_ai.usage.input_tokens"]).toBe(120);
    expect(span.attributes["server.address"]).toBe("api.openai.com");
  });

  test("an Azure client is told apart by its address", async () => {
    provider = createProvider(json(completion));
    const client = wrap(
      new Client({
        apiKey: "k",
        fetch: provider.fetch,
        baseURL: "https://contoso.openai.azure.com/openai/v1",
      }),
    );
    await client.chat.completions.create(ask);
    expect((await recorded.flushOne()).attributes["gen_ai.provider.name"]).toBe("azure.ai.openai");
  });
});
