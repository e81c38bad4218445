import * as ai5 from "ai5";
import { MockLanguageModelV2, simulateReadableStream } from "ai5/test";
import * as ai6 from "ai6";
import { MockLanguageModelV3 } from "ai6/test";
import * as ai7 from "ai7";
import { MockLanguageModelV4 } from "ai7/test";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { aiMiddleware, trace, wrap } from "../../index.ts";
import { startRecordedSdk, type RecordedSdk } from "../../../testing/recorded-sdk.ts";

const flatUsage = {
  inputTokens: 20,
  outputTokens: 9,
  totalTokens: 29,
  cachedInputTokens: 8,
  reasoningTokens: 4,
};
const nestedUsage = {
  inputTokens: { total: 20, noCache: 12, cacheRead: 8, cacheWrite: 0 },
  outputTokens: { total: 9, text: 5, reasoning: 4 },
};
type Version = (typeof versions)[number];
// The versions differ in types, not in what is used here.
const versions = [
  {
    name: "ai 5",
    ai: ai5 as unknown as typeof ai6,
    Mock: MockLanguageModelV2,
    usage: flatUsage,
    isFlat: true,
  },
  { name: "ai 6", ai: ai6, Mock: MockLanguageModelV3, usage: nestedUsage, isFlat: false },
  {
    name: "ai 7",
    ai: ai7 as unknown as typeof ai6,
    Mock: MockLanguageModelV4,
    usage: nestedUsage,
    isFlat: false,
  },
] as const;

const finish = ({ isFlat }: Version, reason: string): unknown =>
  isFlat ? reason : { unified: reason, raw: reason };
const call = { type: "tool-call", toolCallId: "c1", toolName: "weather", input: '{"city":"Paris"}' };

/** A model that asks for a tool and then answers; streamed it answers at once. */
function createModel(version: Version, isAsking = false): MockLanguageModelV3 {
  let round = 0;
  const response = { id: "r1", modelId: "gpt-5-mini-2025-08-07" };
  const chunks = [
    { type: "stream-start", warnings: [] },
    { type: "response-metadata", ...response },
    { type: "text-start", id: "1" },
    { type: "text-delta", id: "1", delta: "Sun" },
    { type: "text-delta", id: "1", delta: "ny." },
    { type: "text-end", id: "1" },
    { type: "finish", finishReason: finish(version, "stop"), usage: version.usage },
  ];
  const options = {
    provider: "openai.responses",
    modelId: "gpt-5-mini",
    doGenerate: () => {
      const asks = isAsking && round++ === 0;
      return Promise.resolve({
        content: asks ? [call] : [{ type: "text", text: "Sunny." }],
        finishReason: finish(version, asks ? "tool-calls" : "stop"),
        usage: version.usage,
        response,
        warnings: [],
      });
    },
    doStream: () => Promise.resolve({ stream: simulateReadableStream({ chunks }) }),
  };
  return new (version.Mock as typeof MockLanguageModelV3)(options as never);
}

const weather = (): Parameters<typeof ai6.generateText>[0]["tools"] => ({
  weather: ai6.tool({
    description: "the weather",
    inputSchema: z.object({ city: z.string() }),
    execute: ({ city }) => trace("look up", () => Promise.resolve(`${city}: sunny`)),
  }),
});
/** Where the AI SDK itself is silent, as it is up to version 6. */
const silent = { telemetry: { isEnabled: false } } as object;

describe.each(versions)("a model of $name", (version) => {
  let recorded: RecordedSdk;
  beforeEach(async () => {
    recorded = await startRecordedSdk({ captureContent: true });
  });
  afterEach(() => recorded.stop());
  const { ai } = version;

  test.each(["wrap(model)", "the middleware"])(
    "watched by %s is one span with its tokens and content",
    async (way) => {
      const plain = createModel(version);
      const model =
        way === "wrap(model)"
          ? wrap(plain)
          : ai.wrapLanguageModel({ model: plain, middleware: aiMiddleware() });
      const result = await ai.generateText({ model, prompt: "Weather?", temperature: 0.3, ...silent });
      expect(result.text).toBe("Sunny.");
      const span = await recorded.flushOne();
      expect(span.name).toBe("chat gpt-5-mini");
      expect(span.attributes).toMatchObject({
        "gen_ai.provider.name": "openai",
        "gen_ai.request.temperature": 0.3,
        "gen_ai.response.id": "r1",
        "gen_ai.response.model": "gpt-5-mini-2025-08-07",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 8,
        "gen_ai.usage.output_tokens": 9,
        "gen_ai.usage.reasoning.output_tokens": 4,
        "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Weather?"}]}]',
        "gen_ai.output.messages":
          '[{"role":"assistant","parts":[{"type":"text","content":"Sunny."}],"finish_reason":"stop"}]',
      });
      expect(span.attributes["app.cost.usd"]).toBeGreaterThan(0);
    },
  );

  test("streamed is told whole, with its first output", async () => {
    let text = "";
    const { textStream } = ai.streamText({
      model: wrap(createModel(version)),
      prompt: "Weather?",
      ...silent,
    });
    for await (const piece of textStream) text += piece;
    expect(text).toBe("Sunny.");
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({
      "app.stream.end": "completed",
      "gen_ai.usage.output_tokens": 9,
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.response.model": "gpt-5-mini-2025-08-07",
    });
    expect(span.attributes["gen_ai.response.time_to_first_chunk"]).toBeGreaterThan(0);
    expect(span.attributes["gen_ai.output.messages"]).toContain("Sunny.");
  });

  test("whose stream is cancelled ends its span, with a mark", async () => {
    const model = wrap(createModel(version));
    const { stream } = await model.doStream({ prompt: [] } as never);
    const reader = stream.getReader();
    for (let part = 0; part < 4; part++) await reader.read();
    await reader.cancel();
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({ "app.stream.end": "break", "app.usage.estimated": true });
    expect(span.attributes["gen_ai.output.messages"]).toContain("Sun");
  });

  test("that fails fails its span, and the application gets its error", async () => {
    const broken = createModel(version);
    broken.doGenerate = () => Promise.reject(new RangeError("boom"));
    const asked = ai.generateText({ model: wrap(broken), prompt: "x", maxRetries: 0, ...silent });
    await expect(asked).rejects.toThrow("boom");
    expect((await recorded.flushOne()).attributes["error.type"]).toBe("RangeError");
  });

  test("beside the AI SDK's own telemetry is told once", async () => {
    const own = { experimental_telemetry: { isEnabled: true } } as object;
    const heard: string[] = [];
    recorded.sdk.hooks.on("onRequest", () => heard.push("request"));
    recorded.sdk.hooks.on("onResponse", ({ usage }) => heard.push(`${usage?.outputTokens}`));
    await ai.generateText({ model: wrap(createModel(version)), prompt: "x", ...own });
    const withTokens = (await recorded.flush()).filter(
      ({ attributes, name }) => "gen_ai.usage.input_tokens" in attributes && !/^ai\.\w+$/.test(name),
    );
    expect(withTokens).toHaveLength(1);
    expect(heard).toEqual(["request", "9"]);
  });

  test("asks beforeStep, which may put messages in or stop the loop", async () => {
    const model = wrap(createModel(version, true));
    recorded.sdk.hooks.intercept("beforeStep", ({ stepNumber }) =>
      stepNumber === 1 ? { injectMessages: [{ role: "user", content: "Be brief." }] } : { stop: true },
    );
    const result = await ai.generateText({
      model,
      tools: weather() ?? {},
      prompt: "Weather?",
      stopWhen: ai.stepCountIs?.(5) ?? (() => false),
      ...silent,
    });
    expect(result.text).toBe("");
    expect(model.doGenerateCalls.length + model.doStreamCalls.length).toBeLessThanOrEqual(1);
    const call = (await recorded.flush()).find(({ name }) => name.startsWith("chat"));
    expect(call?.attributes["app.step.injected_messages"]).toBe(1);
    expect(call?.attributes["gen_ai.input.messages"]).toContain("Be brief.");
  });

  test.each([true, false])(
    "whose tools are wrapped asks the interceptors (own telemetry: %s)",
    async (hasTelemetry) => {
      recorded.sdk.hooks.intercept("beforeToolExecute", () => ({ input: { city: "Rome" } }));
      recorded.sdk.hooks.intercept("afterToolExecute", ({ output }) => ({ output: `${String(output)}!` }));
      const telemetry = hasTelemetry ? ({ experimental_telemetry: { isEnabled: true } } as object) : silent;
      const result = await ai.generateText({
        model: wrap(createModel(version, true)),
        tools: wrap(weather()) ?? {},
        prompt: "Weather?",
        stopWhen: ({ steps }) => steps.length > 3,
        ...telemetry,
      });
      expect(result.steps[0]?.toolResults[0]?.output).toBe("Rome: sunny!");
      const spans = await recorded.flush();
      const tools = spans.filter(({ attributes }) => attributes["app.tool.output_modified"] === true);
      expect(tools).toHaveLength(1);
      expect(spans.find(({ name }) => name === "look up")?.traceId).toBe(tools[0]?.traceId);
    },
  );
});
