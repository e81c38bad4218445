import { GoogleGenAI } from "@google/genai";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createProvider, json, urlOf, type ProviderAnswer } from "../../../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../../../testing/recorded-sdk.ts";
import { wrap } from "../../index.ts";

const usageMetadata = {
  promptTokenCount: 30,
  cachedContentTokenCount: 12,
  candidatesTokenCount: 5,
  thoughtsTokenCount: 20,
  totalTokenCount: 55,
};
const answer = (parts: object[], finishReason?: string, extra: object = {}): object => ({
  candidates: [
    { content: { role: "model", parts }, index: 0, ...(finishReason === undefined ? {} : { finishReason }) },
  ],
  modelVersion: "gemini-2.5-flash-001",
  responseId: "g1",
  ...extra,
});

/** Server-sent events as Gemini sends them. */
const stream =
  (list: readonly object[]): ProviderAnswer =>
  () =>
    new Response(list.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`).join(""), {
      headers: { "content-type": "text/event-stream" },
    });

describe("@google/genai 2.32", () => {
  let recorded: RecordedSdk;
  const connect = (...answers: ProviderAnswer[]): GoogleGenAI => {
    const provider = createProvider(...answers);
    const { fetch } = globalThis;
    // The client takes no fetch of its own; everything else in this process keeps the real one.
    vi.spyOn(globalThis, "fetch").mockImplementation((input, init) =>
      urlOf(input).includes("gemini.internal") ? provider.fetch(input, init) : fetch(input, init),
    );
    return wrap(new GoogleGenAI({ apiKey: "test", httpOptions: { baseUrl: "http://gemini.internal:8080" } }));
  };

  beforeEach(async () => {
    recorded = await startRecordedSdk({ captureContent: true });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await recorded.stop();
  });

  const ask = { model: "gemini-2.5-flash", contents: "Where is Paris?" };
  const expected = {
    "gen_ai.operation.name": "generate_content",
    "gen_ai.provider.name": "gcp.gemini",
    "gen_ai.request.model": "gemini-2.5-flash",
    "gen_ai.response.model": "gemini-2.5-flash-001",
    "gen_ai.response.id": "g1",
    "gen_ai.response.finish_reasons": ["STOP"],
    "gen_ai.usage.input_tokens": 30,
    "gen_ai.usage.cache_read.input_tokens": 12,
    // 5 said and 20 thought.
    "gen_ai.usage.output_tokens": 25,
    "gen_ai.usage.reasoning.output_tokens": 20,
    "server.address": "gemini.internal",
    "server.port": 8080,
  };

  test("generateContent is one span, with thoughts counted as output", async () => {
    const client = connect(json(answer([{ text: "In France." }], "STOP", { usageMetadata })));
    const config = { temperature: 0.1, maxOutputTokens: 50, systemInstruction: "Be brief." };
    expect((await client.models.generateContent({ ...ask, config })).text).toBe("In France.");
    const span = await recorded.flushOne();
    expect(span).toMatchObject({ name: "generate_content gemini-2.5-flash", kind: 3 });
    expect(span.attributes).toMatchObject({
      ...expected,
      "gen_ai.request.temperature": 0.1,
      "gen_ai.request.max_tokens": 50,
      "gen_ai.system_instructions": '[{"type":"text","content":"Be brief."}]',
      "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Where is Paris?"}]}]',
      "gen_ai.output.messages":
        '[{"role":"assistant","parts":[{"type":"text","content":"In France."}],"finish_reason":"STOP"}]',
    });
    expect(span.attributes["app.cost.usd"]).toBeGreaterThan(0);
  });

  test("generateContentStream is one span over the whole stream", async () => {
    const client = connect(
      stream([
        answer([{ text: "In " }]),
        answer([{ text: "France." }]),
        answer([], "STOP", { usageMetadata }),
      ]),
    );
    let text = "";
    for await (const chunk of await client.models.generateContentStream(ask)) text += chunk.text ?? "";
    expect(text).toBe("In France.");
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({
      ...expected,
      "app.stream.end": "completed",
      "gen_ai.request.stream": true,
    });
    expect(span.attributes["gen_ai.output.messages"]).toContain('"content":"In France."');
    expect(span.attributes["gen_ai.response.time_to_first_chunk"]).toBeGreaterThan(0);
  });

  test("a break ends the span at once, marked", async () => {
    const client = connect(
      stream([answer([{ text: "In " }]), answer([{ text: "France." }], "STOP", { usageMetadata })]),
    );
    for await (const _ of await client.models.generateContentStream(ask)) break;
    expect((await recorded.flushOne()).attributes).toMatchObject({
      "app.stream.end": "break",
      "app.usage.estimated": true,
    });
  });

  test("arguments that come in pieces are put together", async () => {
    const call = (functionCall: object): object => answer([{ functionCall }]);
    const client = connect(
      stream([
        call({ name: "order", willContinue: true }),
        call({
          partialArgs: [{ jsonPath: "$.items[0].name", stringValue: "app", willContinue: true }],
          willContinue: true,
        }),
        call({ partialArgs: [{ jsonPath: "$.items[0].name", stringValue: "le" }], willContinue: true }),
        call({ partialArgs: [{ jsonPath: "$.items[1]['unit price']", numberValue: 0.5 }] }),
        call({}),
        answer([], "STOP", { usageMetadata }),
      ]),
    );
    for await (const _ of await client.models.generateContentStream(ask));
    const output = (await recorded.flushOne()).attributes["gen_ai.output.messages"] as string;
    expect(JSON.parse(output)).toMatchObject([
      {
        parts: [
          {
            type: "tool_call",
            name: "order",
            arguments: { items: [{ name: "apple" }, { "unit price": 0.5 }] },
          },
        ],
      },
    ]);
  });

  test("a chat is a span for every turn, with what was said before", async () => {
    const client = connect(json(answer([{ text: "Hello." }], "STOP", { usageMetadata })));
    const chat = client.chats.create({ model: "gemini-2.5-flash" });
    await chat.sendMessage({ message: "Hi" });
    await chat.sendMessage({ message: "And?" });
    const spans = await recorded.flush();
    expect(spans).toHaveLength(2);
    expect(JSON.parse(spans[1]?.attributes["gen_ai.input.messages"] as string)).toHaveLength(3);
  });

  test("a refused call is one failed span and the client's own error", async () => {
    const client = connect(
      json({ error: { code: 429, message: "quota", status: "RESOURCE_EXHAUSTED" } }, 429),
    );
    await expect(client.models.generateContent(ask)).rejects.toThrow("quota");
    const span = await recorded.flushOne();
    expect(span.status.code).toBe(2);
    expect(span.attributes["error.type"]).toBe("429");
  });

  test("wrapping twice is once", async () => {
    const client = connect(json(answer([{ text: "x" }], "STOP", { usageMetadata })));
    expect(wrap(client)).toBe(client);
    await client.models.generateContent(ask);
    await recorded.flushOne();
  });
});

describe("interactions of @google/genai 2.32", () => {
  let recorded: RecordedSdk;
  const connect = (answer: ProviderAnswer): GoogleGenAI => {
    const provider = createProvider(answer);
    const { fetch } = globalThis;
    vi.spyOn(globalThis, "fetch").mockImplementation((input, init) =>
      urlOf(input).includes("gemini.internal") ? provider.fetch(input, init) : fetch(input, init),
    );
    return wrap(new GoogleGenAI({ apiKey: "test", httpOptions: { baseUrl: "http://gemini.internal:8080" } }));
  };
  beforeEach(async () => {
    recorded = await startRecordedSdk({ captureContent: true });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await recorded.stop();
  });

  const usage = {
    total_input_tokens: 7,
    total_output_tokens: 19,
    total_thought_tokens: 32,
    total_cached_tokens: 3,
  };
  const interaction = {
    id: "i1",
    object: "interaction",
    model: "gemini-2.5-flash",
    status: "completed",
    usage,
  };
  const steps = [{ type: "model_output", content: [{ type: "text", text: "In France." }] }];
  const expected = {
    "gen_ai.response.id": "i1",
    "gen_ai.response.model": "gemini-2.5-flash",
    "gen_ai.response.finish_reasons": ["completed"],
    "gen_ai.usage.input_tokens": 7,
    "gen_ai.usage.output_tokens": 51,
    "gen_ai.usage.cache_read.input_tokens": 3,
    "gen_ai.usage.reasoning.output_tokens": 32,
    "gen_ai.output.messages":
      '[{"role":"assistant","parts":[{"type":"text","content":"In France."}],"finish_reason":"completed"}]',
  };
  const ask = { model: "gemini-2.5-flash", input: "Where is Paris?" };

  test("are one span each, with thoughts counted as output", async () => {
    await connect(json({ ...interaction, steps })).interactions.create(ask);
    const span = await recorded.flushOne();
    expect(span.name).toBe("generate_content gemini-2.5-flash");
    expect(span.attributes).toMatchObject({ ...expected, "server.address": "gemini.internal" });
  });

  test("are one span over the whole stream when streamed", async () => {
    const created = {
      event_type: "interaction.created",
      interaction: { ...interaction, status: "in_progress" },
    };
    const begun = { event_type: "step.start", index: 0, step: { type: "model_output" } };
    const said = { event_type: "step.delta", index: 0, delta: { type: "text", text: "In France." } };
    const over = { event_type: "interaction.completed", interaction };
    const given = await connect(stream([created, begun, said, over])).interactions.create({
      ...ask,
      stream: true,
    });
    for await (const _ of given);
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({ ...expected, "app.stream.end": "completed" });
  });

  test("wrapping asks the client for nothing that it makes on demand, and says so on stderr in some versions", () => {
    const client = connect(json({}));
    expect(Reflect.get(client, "_interactions")).toBeUndefined();
    expect(client.interactions).toBe(client.interactions);
    expect(Reflect.get(client, "_interactions")).toBe(client.interactions);
  });
});
