// Attributes as the instrumentations themselves wrote them: @mastra/otel-exporter 1.4, @google/adk 2.0.
import type { Attributes } from "@opentelemetry/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeProtobuf, fixtureStartMs } from "../decode/otlp.fixture.ts";
import { Pricer } from "../price/price-call.ts";
import { createTraceIngest } from "./ingest-traces.ts";
import { openTestWay, type TestWay } from "./signals.fixture.ts";

let way: TestWay;
beforeAll(async () => {
  way = await openTestWay();
});
afterAll(() => way.close());

let project = 0;

async function store(attributes: Attributes): Promise<unknown> {
  project += 1;
  const traces = createTraceIngest({ spool: way.spool, pricer: new Pricer() });
  await traces.accept({ project: `r${project}`, bytes: encodeProtobuf([{ attributes }]) });
  const [row] =
    await way.stored(`SELECT dialect, span_type AS type, operation, provider, request_model AS model,
    response_model AS responseModel, input_tokens AS input, output_tokens AS output, cache_read_tokens AS cacheRead,
    reasoning_tokens AS reasoning, ttft_ms AS ttftMs, finish_reasons AS finish, session_id AS session, agent_name AS agent,
    tool_name AS tool, billed, cost_usd AS cost, attributes FROM spans WHERE project = 'r${project}'`);
  return row;
}

describe("Mastra", () => {
  it("an inference is the call that is billed", async () => {
    const row = await store({
      "gen_ai.operation.name": "chat",
      "mastra.span.type": "model_inference",
      "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]',
      "gen_ai.request.model": "gpt-4o-mini",
      "gen_ai.provider.name": "openai.responses",
      "gen_ai.usage.input_tokens": 120,
      "gen_ai.usage.output_tokens": 30,
      "gen_ai.usage.reasoning_tokens": 8,
      "gen_ai.usage.cache_read.input_tokens": 64,
      "mastra.completion_start_time": new Date(fixtureStartMs + 500).toISOString(),
      "gen_ai.response.finish_reasons": '["stop"]',
      "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
      "gen_ai.conversation.id": "s1",
    });
    expect(row).toMatchObject({
      dialect: "mastra",
      type: "model",
      operation: "chat",
      provider: "openai",
      model: "gpt-4o-mini",
      responseModel: "gpt-4o-mini-2024-07-18",
      input: 120,
      output: 30,
      cacheRead: 64,
      reasoning: 8,
      ttftMs: 500,
      finish: "stop",
      session: "s1",
      billed: 1,
    });
  });

  it("the generation around it is not", async () => {
    const row = await store({
      "gen_ai.operation.name": "model_generation",
      "mastra.span.type": "model_generation",
      "mastra.model_generation.input": '{"messages":[{"role":"user","content":"hi"}]}',
      "mastra.model_generation.output": '{"text":"Hello!"}',
      "gen_ai.conversation.id": "s1",
    });
    expect(row).toMatchObject({ dialect: "mastra", type: "chain", billed: 0, session: "s1" });
  });
});

describe("the AI SDK 7", () => {
  it.each([
    [
      "gen_ai.usage",
      { "gen_ai.operation.name": "ai.transcribe", "gen_ai.request.model": "gpt-4o-realtime-preview" },
    ],
    ["ai.usage", { "ai.operationId": "ai.transcribe", "ai.model.id": "gpt-4o-realtime-preview" }],
  ])("counts what was heard as its provider does, by %s", async (prefix, call) => {
    const heard = {
      ...call,
      "gen_ai.provider.name": "openai",
      [`${prefix}.input_tokens`]: 1000,
      [`${prefix}.output_tokens`]: 50,
    };
    const [text, audio] = [
      await store(heard),
      await store({ ...heard, [`${prefix}.input_token_details.audio_tokens`]: 900 }),
    ] as [{ cost: number }, { cost: number }];
    expect(text).toMatchObject({
      type: "model",
      operation: "ai.transcribe",
      input: 1000,
      output: 50,
      billed: 1,
    });
    expect(audio).toMatchObject({ type: "model", input: 1000, output: 50 });
    expect(audio.cost).toBeGreaterThan(text.cost);
  });
});

describe("Mastra's pieces of an answer", () => {
  it("are parts of their call, and what they say is content", async () => {
    const row = await store({
      "gen_ai.operation.name": "model_chunk",
      "mastra.span.type": "model_chunk",
      "mastra.model_chunk.output": '{"text":"Hello!"}',
    });
    expect(row).toMatchObject({ type: "chain", billed: 0 });
    expect(row).not.toMatchObject({ attributes: { "mastra.model_chunk.output": expect.anything() } });
  });
});

describe("Google's Agent Development Kit", () => {
  it("a model call names its agent and no operation, and is billed all the same", async () => {
    const row = await store({
      "gen_ai.system": "gcp.vertex.agent",
      "gen_ai.request.model": "gemini-2.5-flash",
      "gen_ai.agent.name": "weather_agent",
      "gcp.vertex.agent.invocation_id": "e-1",
      "gcp.vertex.agent.session_id": "s1",
      "gcp.vertex.agent.event_id": "ev1",
      "gcp.vertex.agent.llm_request": '{"contents":[{"role":"user","parts":[{"text":"Weather in Paris?"}]}]}',
      "gcp.vertex.agent.llm_response": "{}",
      "gen_ai.usage.input_tokens": 1000,
      "gen_ai.usage.output_tokens": 100,
      "gen_ai.response.finish_reasons": ["stop"],
    });
    expect(row).toMatchObject({
      type: "model",
      operation: "chat",
      provider: "gcp.gen_ai",
      model: "gemini-2.5-flash",
      agent: "weather_agent",
      session: "s1",
      input: 1000,
      output: 100,
      billed: 1,
      attributes: { "gen_ai.system": "gcp.vertex.agent", "gen_ai.agent.name": "weather_agent" },
    });
  });

  it("what was thought and cached is read from the answer it keeps", async () => {
    const usageMetadata = {
      promptTokenCount: 1000,
      candidatesTokenCount: 100,
      thoughtsTokenCount: 40,
      cachedContentTokenCount: 600,
      toolUsePromptTokenCount: 7,
      totalTokenCount: 1147,
    };
    const call = {
      "gen_ai.system": "gcp.vertex.agent",
      "gen_ai.request.model": "gemini-2.5-flash",
      "gcp.vertex.agent.event_id": "ev1",
      "gen_ai.usage.input_tokens": 1000,
      "gen_ai.usage.output_tokens": 100,
    };
    const answer = (text: string): Attributes => ({ ...call, "gcp.vertex.agent.llm_response": text });
    expect(await store(answer(JSON.stringify({ content: {}, usageMetadata })))).toMatchObject({
      input: 1007,
      output: 140,
      cacheRead: 600,
      reasoning: 40,
      billed: 1,
    });
    for (const text of ["{", "[]", '{"usageMetadata":{}}', '{"usageMetadata":{"promptTokenCount":-1}}'])
      expect(await store(answer(text)), text).toMatchObject({ input: 1000, output: 100, reasoning: null });
    const python = {
      usage_metadata: { prompt_token_count: 5, candidates_token_count: 2, thoughts_token_count: 1 },
    };
    expect(await store(answer(JSON.stringify(python)))).toMatchObject({ input: 5, output: 3, reasoning: 1 });
  });

  it("a tool has an operation of its own", async () => {
    const row = await store({
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "get_weather",
      "gcp.vertex.agent.tool_call_args": '{"city":"Paris"}',
      "gcp.vertex.agent.event_id": "ev2",
    });
    expect(row).toMatchObject({ type: "tool", operation: "execute_tool", tool: "get_weather", billed: 0 });
  });
});
