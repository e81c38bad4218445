import {
  Agent,
  OpenAIChatCompletionsModel,
  OpenAIResponsesModel,
  Runner,
  setTraceProcessors,
  setTracingDisabled,
  tool as defineTool,
} from "@openai/agents";
import OpenAI7 from "openai7";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  OpenAIAgentsProcessor,
  trace,
  wrap,
  type Finish,
  type StepFinish,
  type ToolCall,
} from "../../index.ts";
import {
  completion,
  rateLimit,
  response,
  responseEvents,
  toolCompletion,
} from "../../../testing/openai-answers.ts";
import { createProvider, events, json } from "../../../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../../../testing/recorded-sdk.ts";

const toolResponse = {
  ...response,
  id: "resp_0",
  output: [
    {
      id: "fc_1",
      type: "function_call",
      call_id: "call_1",
      name: "get_weather",
      arguments: '{"city":"Paris"}',
      status: "completed",
    },
  ],
};
const weather = defineTool({
  name: "get_weather",
  description: "the weather",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => trace("look up", () => Promise.resolve(`${city}: sunny`)),
});

describe("the OpenAI Agents SDK with the processor", () => {
  let recorded: RecordedSdk;

  const connect = (...answers: Parameters<typeof createProvider>): OpenAI7 =>
    new OpenAI7({
      apiKey: "sk-test",
      fetch: createProvider(...answers).fetch,
      maxRetries: 0,
      baseURL: "http://llm.internal:8123/v1",
    });
  const forecaster = (client: OpenAI7): Agent =>
    new Agent({
      name: "forecaster",
      instructions: "Be brief.",
      tools: [weather],
      model: new OpenAIResponsesModel(client as never, "gpt-5-mini"),
    });

  beforeEach(async () => {
    recorded = await startRecordedSdk({ captureContent: true });
    setTracingDisabled(false);
    setTraceProcessors([new OpenAIAgentsProcessor()]);
  });
  afterEach(async () => {
    setTraceProcessors([]);
    setTracingDisabled(true);
    await recorded.stop();
  });

  test("a run is agent, model calls and tools in their places, and reaches the hooks", async () => {
    const steps: StepFinish[] = [];
    const tools: ToolCall[] = [];
    const ends: Finish[] = [];
    recorded.sdk.hooks.on("onStepFinish", (event) => steps.push(event));
    recorded.sdk.hooks.on("onToolCall", (event) => tools.push(event));
    recorded.sdk.hooks.on("onFinish", (event) => ends.push(event));
    const agentOfTest = forecaster(connect(json(toolResponse), json(response)));
    const result = await trace("request", () => new Runner().run(agentOfTest, "Weather?"));
    expect(result.finalOutput).toBe('{"city":"Paris"}');
    const spans = await recorded.flush();
    expect(spans.map(({ name }) => name)).toEqual([
      "request",
      "invoke_workflow Agent workflow",
      "invoke_agent forecaster",
      "chat gpt-5-mini-2025-08-07",
      "execute_tool get_weather",
      "look up",
      "chat gpt-5-mini-2025-08-07",
    ]);
    const parents = spans.map(({ parentSpanId }) => spans.findIndex(({ spanId }) => spanId === parentSpanId));
    expect(parents).toEqual([-1, 0, 1, 2, 2, 4, 2]);
    const [, , agent, , toolSpan, , second] = spans;
    expect(agent?.attributes).toMatchObject({
      "app.loop.steps": 2,
      "app.loop.termination_reason": "natural",
    });
    expect(second?.attributes).toMatchObject({
      "gen_ai.provider.name": "openai",
      "gen_ai.response.id": "resp_1",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": 50,
      "gen_ai.usage.cache_read.input_tokens": 10,
      "gen_ai.usage.output_tokens": 30,
      "gen_ai.usage.reasoning.output_tokens": 12,
      "app.step.number": 2,
    });
    expect(toolSpan?.attributes).toMatchObject({
      "gen_ai.tool.call.arguments": '{"city":"Paris"}',
      "gen_ai.tool.call.result": "Paris: sunny",
    });
    expect(steps.map(({ stepNumber, toolCalls }) => [stepNumber, toolCalls.length])).toEqual([
      [1, 1],
      [2, 0],
    ]);
    expect(tools).toMatchObject([{ toolName: "get_weather", output: "Paris: sunny" }]);
    expect(ends).toMatchObject([{ steps: 2, inputTokens: 100, terminationReason: "natural" }]);
  });

  test("with the client below wrapped a call is one span, the client's, in the agent's place", async () => {
    const client = wrap(connect(json(toolResponse), json(response)));
    await new Runner({ traceIncludeSensitiveData: false }).run(forecaster(client), "Weather?");
    const spans = await recorded.flush();
    const agent = spans.find(({ name }) => name === "invoke_agent forecaster");
    const calls = spans.filter(({ name }) => name.startsWith("chat"));
    expect(calls.map(({ name }) => name)).toEqual(["chat gpt-5-mini", "chat gpt-5-mini"]);
    for (const call of calls) {
      expect(call.parentSpanId).toBe(agent?.spanId);
      expect(call.attributes).toMatchObject({
        "server.address": "llm.internal",
        "gen_ai.usage.input_tokens": 50,
      });
    }
  });

  test.each([false, true])("a streamed run is told whole (client wrapped: %s)", async (isWrapped) => {
    const plain = connect(events(responseEvents, { named: true }));
    const result = await new Runner().run(forecaster(isWrapped ? wrap(plain) : plain), "Weather?", {
      stream: true,
    });
    for await (const _ of result);
    await result.completed;
    const calls = (await recorded.flush()).filter(({ name }) => name.startsWith("chat"));
    expect(calls).toHaveLength(1);
    expect(calls[0]?.attributes).toMatchObject({
      "gen_ai.usage.output_tokens": 30,
      "gen_ai.response.model": "gpt-5-mini-2025-08-07",
    });
  });

  test("models of the chat API are read too", async () => {
    const model = new OpenAIChatCompletionsModel(
      connect(json(toolCompletion), json(completion)) as never,
      "gpt-4o-mini",
    );
    await new Runner().run(new Agent({ name: "forecaster", tools: [weather], model }), "Weather?");
    const calls = (await recorded.flush()).filter(({ name }) => name === "chat gpt-4o-mini");
    expect(calls).toHaveLength(2);
    expect(calls[1]?.attributes).toMatchObject({
      "gen_ai.usage.input_tokens": 120,
      "gen_ai.usage.output_tokens": 40,
      "gen_ai.response.finish_reasons": ["stop"],
    });
  });

  test("a model call reaches the hooks as it was asked, and as it was answered", async () => {
    const heard: string[] = [];
    recorded.sdk.hooks.on("onRequest", ({ model, messages }) => heard.push(`${model} ${messages.length}`));
    recorded.sdk.hooks.on("onResponse", ({ model }) => heard.push(model));
    await new Runner().run(forecaster(connect(json(response))), "Where?");
    await recorded.flush();
    expect(heard).toEqual(["gpt-5-mini-2025-08-07 1", "gpt-5-mini-2025-08-07"]);
  });

  test("a failing model fails its call and the agent, and the application gets its error", async () => {
    await expect(new Runner().run(forecaster(connect(json(rateLimit, 429))), "x")).rejects.toThrow("429");
    const failed = (await recorded.flush()).filter(({ status }) => status.code === 2);
    expect(failed.map(({ name }) => name)).toContain("chat");
  });

  test("a handoff is told between its agents", async () => {
    const ask = {
      ...toolResponse,
      output: [{ ...toolResponse.output[0], name: "transfer_to_clerk", arguments: "{}" }],
    };
    const client = connect(json(ask), json(response));
    const model = new OpenAIResponsesModel(client as never, "gpt-5-mini");
    const clerk = new Agent({ name: "clerk", model });
    await new Runner().run(new Agent({ name: "desk", model, handoffs: [clerk] }), "Hi");
    const names = (await recorded.flush()).map(({ name }) => name);
    for (const name of ["invoke_agent desk", "handoff clerk", "invoke_agent clerk"])
      expect(names).toContain(name);
  });
});
