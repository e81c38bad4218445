import { embed, generateText, isStepCount, registerTelemetry, streamText, tool } from "ai7";
import { MockEmbeddingModelV4, MockLanguageModelV4, simulateReadableStream } from "ai7/test";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startRecordedSdk, type RecordedSdk } from "../../../testing/recorded-sdk.ts";
import { trace, withContext, type Finish, type StepFinish, type ToolCall } from "../../index.ts";
import { integrationsOfProcess } from "./integrations.ts";

const usage = {
  inputTokens: { total: 20, noCache: 12, cacheRead: 8, cacheWrite: 0 },
  outputTokens: { total: 9, text: 5, reasoning: 4 },
};
const answers = [
  {
    content: [{ type: "tool-call", toolCallId: "c1", toolName: "weather", input: '{"city":"Paris"}' }],
    finishReason: { unified: "tool-calls", raw: "tool_calls" },
    response: { id: "r1" },
  },
  {
    content: [{ type: "text", text: "Sunny." }],
    finishReason: { unified: "stop", raw: "stop" },
    response: { id: "r2" },
  },
];
const chunks = [
  { type: "stream-start", warnings: [] },
  { type: "response-metadata", id: "r3" },
  { type: "text-start", id: "1" },
  { type: "text-delta", id: "1", delta: "Sun" },
  { type: "text-delta", id: "1", delta: "ny." },
  { type: "text-end", id: "1" },
  { type: "finish", finishReason: { unified: "stop", raw: "stop" }, usage },
];
const model = (): MockLanguageModelV4 => {
  let next = 0;
  return new MockLanguageModelV4({
    provider: "openai.responses",
    modelId: "gpt-5-mini",
    doGenerate: () => Promise.resolve({ ...answers[next++], usage, warnings: [] } as never),
    doStream: () => Promise.resolve({ stream: simulateReadableStream({ chunks }) } as never),
  });
};
const weather = tool({
  description: "the weather",
  inputSchema: {
    jsonSchema: { type: "object" },
    [Symbol.for("vercel.ai.schema")]: true,
    validate: undefined,
  } as never,
  execute: (input: { city: string }) => trace("look up", () => Promise.resolve(`${input.city}: sunny`)),
});

describe("the AI SDK 7, with nothing said about telemetry", () => {
  let recorded: RecordedSdk;
  beforeEach(async () => {
    recorded = await startRecordedSdk({ captureContent: true });
  });
  afterEach(() => recorded.stop());

  test("generateText is an agent span over its model calls and tools, each in its place", async () => {
    const result = await withContext({ userId: "u" }, () =>
      generateText({
        model: model(),
        tools: { weather },
        prompt: "Weather?",
        temperature: 0.3,
        stopWhen: isStepCount(3),
      }),
    );
    expect(result.text).toBe("Sunny.");
    const spans = await recorded.flush();
    const [agent, first, toolSpan, inner, second] = spans;
    expect(spans.map(({ name }) => name)).toEqual([
      "invoke_agent generateText",
      "chat gpt-5-mini",
      "execute_tool weather",
      "look up",
      "chat gpt-5-mini",
    ]);
    for (const child of [first, toolSpan, second]) expect(child?.parentSpanId).toBe(agent?.spanId);
    expect(inner?.parentSpanId).toBe(toolSpan?.spanId);
    expect(first?.attributes).toMatchObject({
      "gen_ai.provider.name": "openai",
      "gen_ai.request.temperature": 0.3,
      "gen_ai.response.id": "r1",
      "gen_ai.response.finish_reasons": ["tool-calls"],
      "gen_ai.usage.input_tokens": 20,
      "gen_ai.usage.cache_read.input_tokens": 8,
      "gen_ai.usage.output_tokens": 9,
      "gen_ai.usage.reasoning.output_tokens": 4,
      "user.id": "u",
    });
    expect(first?.attributes["app.cost.usd"]).toBeGreaterThan(0);
    expect(toolSpan?.attributes).toMatchObject({
      "gen_ai.tool.call.id": "c1",
      "gen_ai.tool.call.arguments": '{"city":"Paris"}',
    });
    expect(second?.attributes["gen_ai.input.messages"]).toContain("Paris: sunny");
    expect(second?.attributes["gen_ai.output.messages"]).toContain("Sunny.");
    // Totals stand on the calls alone.
    expect(agent?.attributes).not.toHaveProperty("gen_ai.usage.input_tokens");
  });

  test("streamText is told whole: usage, finish reason, time to the first output", async () => {
    let text = "";
    for await (const piece of streamText({ model: model(), prompt: "Weather?" }).textStream) text += piece;
    expect(text).toBe("Sunny.");
    const [agent, call] = await recorded.flush();
    expect(agent?.name).toBe("invoke_agent streamText");
    expect(call?.attributes).toMatchObject({
      "gen_ai.request.stream": true,
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.output_tokens": 9,
      "app.stream.end": "completed",
    });
    expect(call?.attributes["gen_ai.response.time_to_first_chunk"]).toBeGreaterThanOrEqual(0);
    expect(call?.attributes["gen_ai.output.messages"]).toContain("Sunny.");
  });

  test("a failing model fails its call and the operation, and the application gets its error", async () => {
    const broken = new MockLanguageModelV4({ doGenerate: () => Promise.reject(new RangeError("boom")) });
    await expect(generateText({ model: broken, prompt: "x", maxRetries: 0 })).rejects.toThrow("boom");
    const spans = await recorded.flush();
    expect(spans).toHaveLength(2);
    for (const span of spans) {
      expect(span.status).toEqual({ code: 2, message: "boom" });
      expect(span.attributes["error.type"]).toBe("RangeError");
    }
  });

  test("embed is one embeddings call", async () => {
    const embedder = new MockEmbeddingModelV4({
      provider: "openai.embedding",
      modelId: "text-embedding-3-small",
      doEmbed: () => Promise.resolve({ embeddings: [[1, 2]], usage: { tokens: 5 }, warnings: [] }),
    });
    await embed({ model: embedder, value: "x" });
    const call = (await recorded.flush()).find(({ name }) => name === "embeddings text-embedding-3-small");
    expect(call?.attributes).toMatchObject({
      "gen_ai.usage.input_tokens": 5,
      "gen_ai.provider.name": "openai",
    });
  });

  test("steps, tools and the end of the loop reach the hooks", async () => {
    const steps: StepFinish[] = [];
    const tools: ToolCall[] = [];
    const ends: Finish[] = [];
    recorded.sdk.hooks.on("onStepFinish", (event) => steps.push(event));
    recorded.sdk.hooks.on("onToolCall", (event) => tools.push(event));
    recorded.sdk.hooks.on("onFinish", (event) => ends.push(event));
    await generateText({ model: model(), tools: { weather }, prompt: "x", stopWhen: isStepCount(3) });
    await recorded.flush();
    expect(
      steps.map(({ stepNumber, finishReason, toolCalls }) => [stepNumber, finishReason, toolCalls.length]),
    ).toEqual([
      [1, "tool-calls", 1],
      [2, "stop", 0],
    ]);
    expect(tools).toMatchObject([{ toolName: "weather", stepNumber: 1, toolCallId: "c1" }]);
    expect(ends).toMatchObject([
      { steps: 2, terminationReason: "natural", inputTokens: 40, error: undefined },
    ]);
  });

  test("the interceptors change what its tools get and give, and may skip them", async () => {
    const answer = (): Promise<unknown> =>
      generateText({ model: model(), tools: { weather }, prompt: "x", stopWhen: isStepCount(3) }).then(
        ({ steps }) => steps[0]?.toolResults[0]?.output,
      );
    recorded.sdk.hooks.intercept("beforeToolExecute", () => ({ input: { city: "Rome" } }));
    recorded.sdk.hooks.intercept("afterToolExecute", ({ output }) => ({ output: `${String(output)}!` }));
    expect(await answer()).toBe("Rome: sunny!");
    recorded.sdk.hooks.intercept("beforeToolExecute", () => ({ skip: true, output: "not allowed" }));
    expect(await answer()).toBe("not allowed");
    const tools = (await recorded.flush()).filter(({ name }) => name === "execute_tool weather");
    expect(tools[0]?.attributes).toMatchObject({
      "app.tool.input_overridden": true,
      "app.tool.output_modified": true,
      "gen_ai.tool.call.result": "Rome: sunny!",
    });
    expect(tools[1]?.attributes["app.tool.skipped"]).toBe(true);
  });

  test("telemetry switched off for a call, or its content, is respected", async () => {
    await generateText({ model: model(), prompt: "secret", telemetry: { isEnabled: false } });
    expect(await recorded.flush()).toEqual([]);
    await generateText({ model: model(), prompt: "secret", telemetry: { recordInputs: false } });
    const spans = await recorded.flush();
    expect(spans).toHaveLength(2);
    expect(JSON.stringify(spans.map(({ attributes }) => attributes))).not.toContain("secret");
  });

  test("beside the AI SDK's own OpenTelemetry integration it writes nothing twice", async () => {
    class OpenTelemetry {}
    const own = new OpenTelemetry();
    registerTelemetry(own);
    try {
      await generateText({ model: model(), prompt: "x" });
      expect(await recorded.flush()).toEqual([]);
    } finally {
      const integrations = integrationsOfProcess();
      integrations.splice(integrations.indexOf(own), 1);
    }
  });
});
