import AnthropicNew from "@anthropic-ai/sdk";
import AnthropicOld from "anthropic-old";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { message, toolMessage } from "../../../testing/anthropic-answers.ts";
import { createProvider, json, type FakeProvider } from "../../../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../../../testing/recorded-sdk.ts";
import { wrap } from "../../index.ts";

const clients = [
  ["@anthropic-ai/sdk 0.133", AnthropicOld as unknown as typeof AnthropicNew],
  ["@anthropic-ai/sdk 1.11, which traces its tools itself", AnthropicNew],
] as const;

describe.each(clients)("the tool runner of %s", (_name, Client) => {
  let recorded: RecordedSdk;
  let provider: FakeProvider;
  const asked: unknown[] = [];
  beforeEach(async () => {
    asked.length = 0;
    recorded = await startRecordedSdk({ captureContent: true });
  });
  afterEach(() => recorded.stop());

  async function run(work: (city: string) => string = (city) => `${city}: sunny`): Promise<string> {
    provider = createProvider(json(toolMessage), json(message));
    const client = wrap(new Client({ apiKey: "sk-ant-test", fetch: provider.fetch, maxRetries: 0 }));
    const weather = {
      name: "get_weather",
      description: "the weather",
      input_schema: { type: "object" as const },
      parse: (input: unknown) => input as { city: string },
      run: ({ city }: { city: string }) => {
        asked.push(city);
        return work(city);
      },
    };
    const runner = client.beta.messages.toolRunner({
      model: "claude-sonnet-4-5",
      max_tokens: 100,
      messages: [{ role: "user", content: "Weather?" }],
      tools: [weather],
    });
    await runner;
    return JSON.stringify(provider.requests[1]?.body);
  }

  test("tells each tool call once, as a span and to the hooks", async () => {
    const heard: unknown[] = [];
    recorded.sdk.hooks.on("onToolCallStart", ({ toolName, toolCallId }) =>
      heard.push([toolName, toolCallId]),
    );
    recorded.sdk.hooks.on("onToolCall", ({ input, output }) => heard.push([input, output]));
    expect(await run()).toContain("Paris: sunny");
    const spans = await recorded.flush();
    expect(spans.filter(({ name }) => name.startsWith("chat"))).toHaveLength(2);
    const tools = spans.filter(({ attributes }) => attributes["gen_ai.operation.name"] === "execute_tool");
    expect(tools).toHaveLength(1);
    expect(tools[0]?.attributes).toMatchObject({
      "gen_ai.tool.name": "get_weather",
      "gen_ai.tool.call.id": "toolu_1",
      "gen_ai.tool.call.arguments": '{"city":"Paris"}',
      "gen_ai.tool.call.result": "Paris: sunny",
    });
    expect(heard).toEqual([
      ["get_weather", "toolu_1"],
      [{ city: "Paris" }, "Paris: sunny"],
    ]);
  });

  test("asks the interceptors, which may skip a tool, change its input and its output", async () => {
    recorded.sdk.hooks.intercept("beforeToolExecute", () => ({ skip: true, output: "not allowed" }));
    expect(await run()).toContain("not allowed");
    expect(asked).toEqual([]);
    recorded.sdk.hooks.intercept("beforeToolExecute", () => ({ input: { city: "Rome" } }));
    recorded.sdk.hooks.intercept("afterToolExecute", ({ output }) => ({ output: `${String(output)}!` }));
    expect(await run()).toContain("Rome: sunny!");
    const tools = (await recorded.flush()).filter(({ attributes }) => "gen_ai.tool.name" in attributes);
    expect(tools.map(({ attributes }) => attributes["app.tool.skipped"])).toEqual([true, undefined]);
    expect(tools[1]?.attributes).toMatchObject({
      "app.tool.input_overridden": true,
      "app.tool.output_modified": true,
      "gen_ai.tool.call.arguments": '{"city":"Rome"}',
    });
  });

  test("leaves a tool that throws to the client, which tells the model", async () => {
    const failed: unknown[] = [];
    recorded.sdk.hooks.on("onToolCall", ({ error }) => failed.push(error));
    const broken = new RangeError("no sky");
    expect(
      await run(() => {
        throw broken;
      }),
    ).toContain("no sky");
    recorded.sdk.hooks.drain();
    expect(failed).toEqual([broken]);
  });
});
