import OpenAI6 from "openai";
import OpenAI7 from "openai7";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wrap, type Finish, type StepFinish, type ToolCall } from "../../index.ts";
import { chatChunks, completion, toolCompletion } from "../../../testing/openai-answers.ts";
import { createProvider, events, json, type FakeProvider } from "../../../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../../../testing/recorded-sdk.ts";

const clients = [
  ["openai 6", OpenAI6],
  ["openai 7", OpenAI7 as unknown as typeof OpenAI6],
] as const;

const toolChunks = [
  {
    role: "assistant",
    tool_calls: [
      {
        index: 0,
        id: "call_1",
        type: "function",
        function: { name: "get_weather", arguments: '{"city":"Paris"}' },
      },
    ],
  },
].map((delta) => ({
  id: "c",
  object: "chat.completion.chunk",
  created: 1,
  model: "m",
  choices: [{ index: 0, delta, finish_reason: "tool_calls" }],
}));

describe.each(clients)("the tool loop of %s", (_name, Client) => {
  let recorded: RecordedSdk;
  let provider: FakeProvider;
  const asked: unknown[] = [];

  const connect = (...answers: Parameters<typeof createProvider>): OpenAI6 => {
    provider = createProvider(...answers);
    return wrap(new Client({ apiKey: "sk-test", fetch: provider.fetch, maxRetries: 0 }));
  };
  const request = () => ({
    model: "gpt-4o-mini",
    messages: [{ role: "user" as const, content: "Weather?" }],
    tools: [
      {
        type: "function" as const,
        function: {
          name: "get_weather",
          function: (input: { city: string }) => {
            asked.push(input);
            return `${input.city}: sunny`;
          },
          parse: JSON.parse as (text: string) => { city: string },
          parameters: { type: "object", properties: { city: { type: "string" } } },
          description: "weather",
        },
      },
    ],
  });

  beforeEach(async () => {
    asked.length = 0;
    recorded = await startRecordedSdk({ captureContent: true });
  });
  afterEach(() => recorded.stop());

  test("is an agent span over its model calls and tools, and reaches the hooks", async () => {
    const steps: StepFinish[] = [];
    const tools: ToolCall[] = [];
    const ends: Finish[] = [];
    recorded.sdk.hooks.on("onStepFinish", (event) => steps.push(event));
    recorded.sdk.hooks.on("onToolCall", (event) => tools.push(event));
    recorded.sdk.hooks.on("onFinish", (event) => ends.push(event));
    const client = connect(json(toolCompletion), json(completion));
    const runner = client.chat.completions.runTools(request());
    expect(await runner.finalContent()).toBe("Paris.");
    const spans = await recorded.flush();
    expect(spans.map(({ name }) => name)).toEqual([
      "invoke_agent runTools",
      "chat gpt-4o-mini",
      "execute_tool get_weather",
      "chat gpt-4o-mini",
    ]);
    for (const span of spans.slice(1)) expect(span.parentSpanId).toBe(spans[0]?.spanId);
    expect(spans[0]?.attributes).toMatchObject({
      "app.loop.steps": 2,
      "app.loop.termination_reason": "natural",
    });
    expect(spans[1]?.attributes["app.step.number"]).toBe(1);
    expect(spans[2]?.attributes).toMatchObject({
      "gen_ai.tool.call.id": "call_1",
      "gen_ai.tool.call.arguments": '{"city":"Paris"}',
      "gen_ai.tool.call.result": "Paris: sunny",
    });
    expect(
      steps.map(({ stepNumber, finishReason, toolCalls }) => [stepNumber, finishReason, toolCalls.length]),
    ).toEqual([
      [1, "tool_calls", 1],
      [2, "stop", 0],
    ]);
    expect(tools).toMatchObject([{ toolName: "get_weather", toolCallId: "call_1", stepNumber: 1 }]);
    expect(ends).toMatchObject([{ steps: 2, terminationReason: "natural", error: undefined }]);
    expect(ends[0]?.outputTokens).toBeGreaterThan(0);
  });

  test("works streamed, with the runner's own events", async () => {
    const client = connect(events(toolChunks), events(chatChunks));
    const runner = client.chat.completions.runTools({ ...request(), stream: true });
    const results: string[] = [];
    runner.on("functionToolCallResult", (result) => results.push(result));
    expect(await runner.finalContent()).toBe("Paris.");
    expect(results).toEqual(["Paris: sunny"]);
    expect((await recorded.flush()).map(({ name }) => name)).toEqual([
      "invoke_agent runTools",
      "chat gpt-4o-mini",
      "execute_tool get_weather",
      "chat gpt-4o-mini",
    ]);
  });

  test("beforeToolExecute may skip a tool or change its input, afterToolExecute its output", async () => {
    const client = connect(json(toolCompletion), json(completion), json(toolCompletion), json(completion));
    recorded.sdk.hooks.intercept("beforeToolExecute", () => ({ skip: true, output: "not allowed" }));
    await client.chat.completions.runTools(request()).done();
    expect(asked).toEqual([]);
    expect(JSON.stringify(provider.requests[1]?.body)).toContain("not allowed");
    recorded.sdk.hooks.intercept("beforeToolExecute", () => ({ input: { city: "Rome" } }));
    recorded.sdk.hooks.intercept("afterToolExecute", ({ output }) => ({ output: `${String(output)}!` }));
    await client.chat.completions.runTools(request()).done();
    expect(asked).toEqual([{ city: "Rome" }]);
    expect(JSON.stringify(provider.requests[3]?.body)).toContain("Rome: sunny!");
    const tools = (await recorded.flush()).filter(({ name }) => name.startsWith("execute_tool"));
    expect(tools[0]?.attributes["app.tool.skipped"]).toBe(true);
    expect(tools[1]?.attributes).toMatchObject({
      "app.tool.input_overridden": true,
      "app.tool.output_modified": true,
    });
  });

  test("beforeStep may put messages in, which stay in the conversation", async () => {
    const client = connect(json(toolCompletion), json(completion));
    const hint = { role: "user" as const, content: "Be brief." };
    recorded.sdk.hooks.intercept("beforeStep", ({ stepNumber }) =>
      stepNumber === 1 ? { injectMessages: [hint] } : undefined,
    );
    const runner = client.chat.completions.runTools(request());
    await runner.done();
    const sent = provider.requests.map(({ body }) =>
      (body["messages"] as { content: unknown }[]).map(({ content }) => content),
    );
    expect(sent[0]).toEqual(["Weather?", "Be brief."]);
    expect(sent[1]).toEqual(["Weather?", "Be brief.", null, "Paris: sunny"]);
    const call = (await recorded.flush()).find(({ name }) => name.startsWith("chat"));
    expect(call?.attributes["app.step.injected_messages"]).toBe(1);
  });

  test.each([false, true])("beforeStep may stop the loop (streamed: %s)", async (stream) => {
    const client = stream ? connect(events(toolChunks)) : connect(json(toolCompletion));
    recorded.sdk.hooks.intercept("beforeStep", ({ stepNumber, messages }) => ({
      stop: stepNumber === 2 && messages.length === 3,
    }));
    const ends: Finish[] = [];
    recorded.sdk.hooks.on("onFinish", (event) => ends.push(event));
    const body = request();
    const runner = stream
      ? client.chat.completions.runTools({ ...body, stream: true })
      : client.chat.completions.runTools(body);
    await runner.done();
    expect(provider.requests).toHaveLength(1);
    const [agent] = await recorded.flush();
    expect(agent?.attributes).toMatchObject({
      "app.loop.termination_reason": "hook_stopped",
      "app.loop.stopped_at_step": 2,
      "app.loop.steps": 1,
    });
    expect(ends).toMatchObject([{ terminationReason: "hook_stopped", steps: 1 }]);
  });

  test("a tool that throws ends the run as it would, and fails its span and the loop's", async () => {
    const client = connect(json(toolCompletion));
    const body = request();
    const [weather] = body.tools;
    if (weather !== undefined)
      weather.function.function = () => {
        throw new RangeError("no sky");
      };
    await expect(client.chat.completions.runTools(body).finalContent()).rejects.toThrow("no sky");
    const spans = await recorded.flush();
    const failed = spans.filter(({ status }) => status.code === 2).map(({ name }) => name);
    expect(failed).toEqual(["invoke_agent runTools", "execute_tool get_weather"]);
  });

  test("a copy of a wrapped client runs watched loops too", async () => {
    const client = connect(json(toolCompletion), json(completion)).withOptions({ timeout: 1000 });
    await client.chat.completions.runTools(request()).done();
    expect((await recorded.flush())[0]?.name).toBe("invoke_agent runTools");
  });

  test("a loop that runs out of steps says so", async () => {
    const client = connect(json(toolCompletion));
    await client.chat.completions.runTools(request(), { maxChatCompletions: 2 }).done();
    const [agent] = await recorded.flush();
    expect(agent?.attributes).toMatchObject({
      "app.loop.steps": 2,
      "app.loop.termination_reason": "max_steps",
    });
  });

  test("a run whose model call is refused fails with what refused it", async () => {
    const client = connect(json({ error: { message: "slow down" } }, 429));
    await expect(client.chat.completions.runTools(request()).finalContent()).rejects.toThrow("429");
    const [agent] = await recorded.flush();
    expect(agent).toMatchObject({
      name: "invoke_agent runTools",
      status: { code: 2, message: "429 slow down" },
      attributes: { "error.type": "429" },
    });
  });
});
