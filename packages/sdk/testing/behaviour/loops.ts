import { tool as langChainTool } from "@langchain/core/tools";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI } from "@langchain/openai";
import {
  Agent,
  OpenAIChatCompletionsModel,
  Runner,
  setTraceProcessors,
  setTracingDisabled,
  tool as agentTool,
} from "@openai/agents";
import * as ai6 from "ai6";
import { MockLanguageModelV3 } from "ai6/test";
import * as ai7 from "ai7";
import { MockLanguageModelV4 } from "ai7/test";
import { createAgent, createMiddleware } from "langchain";
import OpenAI6 from "openai";
import OpenAI7 from "openai7";
import { expect } from "vitest";
import { z } from "zod";
import { ai4, createOldModel, OpenAI4, OpenAI5, zod3 } from "../../../../tests/older-clients/clients.ts";
import { LangChainHandler, langchainMiddleware, OpenAIAgentsProcessor, wrap } from "../../src/index.ts";
import { completion, toolCompletion } from "../openai-answers.ts";
import { createProvider, json } from "../provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../recorded-sdk.ts";
import type { Cell } from "./matrix.ts";
import { chatHelpers } from "./openai-client.ts";

/** A library that runs the loop of model and tools by itself. */
export interface MatrixLoop {
  readonly name: string;
  /** Runs a loop of two steps whose first asks for `get_weather` of Paris; gives what the model was sent in each. */
  readonly run: () => Promise<readonly string[]>;
  /** Rows that this library has no way for. */
  readonly without?: readonly string[];
}

const sunny = ({ city }: { city: string }): string => `${city}: sunny`;
const parameters = z.object({ city: z.string() });
const answers = [json(toolCompletion), json({ ...completion, id: "chatcmpl-9" })];
const question = { messages: [{ role: "user" as const, content: "Weather?" }] };

function runToolsLoop(name: string, Client: typeof OpenAI6): MatrixLoop {
  return {
    name,
    run: async () => {
      const provider = createProvider(...answers);
      const client = wrap(new Client({ apiKey: "sk-test", fetch: provider.fetch, maxRetries: 0 }));
      const get = {
        name: "get_weather",
        function: sunny,
        parse: JSON.parse as (text: string) => { city: string },
        parameters: { type: "object", properties: {} },
        description: "weather",
      };
      const tools = [{ type: "function" as const, function: get }];
      await chatHelpers(client)
        .runTools({ model: "gpt-4o-mini", ...question, tools })
        .done();
      return provider.requests.map(({ body }) => JSON.stringify(body));
    },
  };
}

function oldAiLoop(): MatrixLoop {
  return {
    name: "ai 4, model and tools wrapped",
    run: async () => {
      const sent: string[] = [];
      const usage = { promptTokens: 20, completionTokens: 9 };
      const call = { toolCallType: "function", toolCallId: "call_1", toolName: "get_weather" };
      const model = createOldModel({
        provider: "openai.chat",
        modelId: "gpt-4o-mini",
        doGenerate: ({ prompt }: { prompt: unknown }) => {
          const asks = sent.length === 0;
          sent.push(JSON.stringify(prompt));
          return Promise.resolve({
            ...(asks ? { toolCalls: [{ ...call, args: '{"city":"Paris"}' }] } : { text: "Paris." }),
            finishReason: asks ? "tool-calls" : "stop",
            usage,
            rawCall: { rawPrompt: undefined, rawSettings: {} },
          });
        },
      } as never);
      const city = zod3.object({ city: zod3.string() });
      await ai4.generateText({
        model: wrap(model),
        tools: wrap({
          get_weather: ai4.tool({ parameters: city, execute: (input) => Promise.resolve(sunny(input)) }),
        }),
        prompt: "Weather?",
        maxSteps: 4,
      });
      return sent;
    },
  };
}

function aiLoop(name: string, ai: typeof ai6, Model: typeof MockLanguageModelV3): MatrixLoop {
  return {
    name,
    run: async () => {
      const sent: string[] = [];
      const usage = {
        inputTokens: { total: 20, noCache: 20, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: 9, text: 9, reasoning: 0 },
      };
      const call = {
        type: "tool-call",
        toolCallId: "call_1",
        toolName: "get_weather",
        input: '{"city":"Paris"}',
      };
      const model = new Model({
        provider: "openai.chat",
        modelId: "gpt-4o-mini",
        doGenerate: ({ prompt }: { prompt: unknown }) => {
          const asks = sent.length === 0;
          sent.push(JSON.stringify(prompt));
          const reason = asks ? "tool-calls" : "stop";
          return Promise.resolve({
            content: asks ? [call] : [{ type: "text", text: "Paris." }],
            finishReason: { unified: reason, raw: reason },
            usage,
            warnings: [],
          });
        },
      } as never);
      await ai.generateText({
        model: wrap(model),
        tools: wrap({ get_weather: ai.tool({ inputSchema: parameters, execute: sunny }) }),
        prompt: "Weather?",
        stopWhen: ({ steps }) => steps.length > 3,
      });
      return sent;
    },
  };
}

function langChainLoop(name: string, isPrebuilt: boolean): MatrixLoop {
  return {
    name,
    run: async () => {
      const provider = createProvider(...answers);
      const configuration = { fetch: provider.fetch };
      const llm = new ChatOpenAI({ model: "gpt-4o-mini", apiKey: "sk-test", maxRetries: 0, configuration });
      const options = { name: "get_weather", description: "w", schema: parameters };
      const tools = [wrap(langChainTool(sunny, options))];
      const callbacks = [new LangChainHandler()];
      if (isPrebuilt) await createReactAgent({ llm, tools }).invoke(question, { callbacks });
      else {
        const middleware = [langchainMiddleware(createMiddleware)];
        await createAgent({ model: llm, tools, middleware }).invoke(question, { callbacks });
      }
      return provider.requests.map(({ body }) => JSON.stringify(body));
    },
    ...(isPrebuilt ? { without: ["beforeStep"] } : {}),
  };
}

const agentsLoop: MatrixLoop = {
  name: "@openai/agents",
  run: async () => {
    const provider = createProvider(...answers);
    const client = new OpenAI7({ apiKey: "sk-test", fetch: provider.fetch, maxRetries: 0 });
    const model = new OpenAIChatCompletionsModel(client as never, "gpt-4o-mini");
    const tools = [agentTool({ name: "get_weather", description: "w", parameters, execute: sunny })];
    setTracingDisabled(false);
    setTraceProcessors([new OpenAIAgentsProcessor()]);
    try {
      await new Runner().run(new Agent({ name: "forecaster", tools, model }), "Weather?");
    } finally {
      setTraceProcessors([]);
      setTracingDisabled(true);
    }
    return provider.requests.map(({ body }) => JSON.stringify(body));
  },
  without: ["beforeToolExecute", "afterToolExecute", "beforeStep"],
};

export const loops: readonly MatrixLoop[] = [
  runToolsLoop("openai 4 `runTools`", OpenAI4 as unknown as typeof OpenAI6),
  runToolsLoop("openai 5 `runTools`", OpenAI5 as unknown as typeof OpenAI6),
  runToolsLoop("openai 6 `runTools`", OpenAI6),
  runToolsLoop("openai 7 `runTools`", OpenAI7 as unknown as typeof OpenAI6),
  oldAiLoop(),
  aiLoop("ai 6, model and tools wrapped", ai6, MockLanguageModelV3),
  aiLoop(
    "ai 7, model wrapped",
    ai7 as unknown as typeof ai6,
    MockLanguageModelV4 as unknown as typeof MockLanguageModelV3,
  ),
  langChainLoop("LangChain `createAgent`, with the middleware", false),
  langChainLoop("LangGraph `createReactAgent`, tool wrapped", true),
  agentsLoop,
];

type Probe = (recorded: RecordedSdk, loop: MatrixLoop) => Promise<void>;

/** Loops of versions without one of their own to be watched. */
const withoutAgent = /^ai [46]/;

const probes: Readonly<Record<string, Probe>> = {
  "each model call is one span": async (recorded, { run }) => {
    await run();
    expect((await recorded.flush()).filter(({ name }) => name === "chat gpt-4o-mini")).toHaveLength(2);
  },
  "each tool call is one span": async (recorded, { run }) => {
    await run();
    const tools = (await recorded.flush()).filter(({ name }) => name === "execute_tool get_weather");
    expect(tools).toHaveLength(1);
    expect(tools[0]?.attributes["gen_ai.tool.call.result"]).toBe("Paris: sunny");
  },
  "the loop is an agent span over them": async (recorded, { run }) => {
    await run();
    const spans = await recorded.flush();
    expect(spans.filter(({ name }) => name.startsWith("invoke_agent"))).toHaveLength(1);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  },
  "onToolCallStart, onToolCall": async ({ sdk }, { run }) => {
    const seen: string[] = [];
    sdk.hooks.on("onToolCallStart", ({ toolName }) => seen.push(`start ${toolName}`));
    sdk.hooks.on("onToolCall", ({ output }) => seen.push(String(output)));
    await run();
    sdk.hooks.drain();
    expect(seen).toEqual(["start get_weather", "Paris: sunny"]);
  },
  "onStepFinish, onFinish": async ({ sdk }, { run }) => {
    const seen: unknown[] = [];
    sdk.hooks.on("onStepFinish", ({ stepNumber, toolCalls }) => seen.push([stepNumber, toolCalls.length]));
    sdk.hooks.on("onFinish", ({ terminationReason, steps }) => seen.push([terminationReason, steps]));
    await run();
    sdk.hooks.drain();
    expect(seen).toEqual([
      [1, 1],
      [2, 0],
      ["natural", 2],
    ]);
  },
  "beforeToolExecute skips a tool": async ({ sdk }, { run }) => {
    sdk.hooks.intercept("beforeToolExecute", () => ({ skip: true, output: "not allowed" }));
    expect((await run())[1]).toContain("not allowed");
  },
  "beforeToolExecute changes its input": async ({ sdk }, { run }) => {
    sdk.hooks.intercept("beforeToolExecute", () => ({ input: { city: "Rome" } }));
    expect((await run())[1]).toContain("Rome: sunny");
  },
  "afterToolExecute changes its output": async ({ sdk }, { run }) => {
    sdk.hooks.intercept("afterToolExecute", ({ output }) => ({ output: `${String(output)}!` }));
    expect((await run())[1]).toContain("Paris: sunny!");
  },
  "beforeStep puts messages in": async ({ sdk }, { run }) => {
    const injectMessages = [{ role: "user", content: "Be brief." }];
    sdk.hooks.intercept("beforeStep", ({ stepNumber }) =>
      stepNumber === 1 ? { injectMessages } : undefined,
    );
    expect((await run())[0]).toContain("Be brief.");
  },
  "beforeStep stops the loop": async ({ sdk }, { run }) => {
    sdk.hooks.intercept("beforeStep", ({ stepNumber }) => ({ stop: stepNumber === 2 }));
    expect(await run()).toHaveLength(1);
  },
  "a hook that throws changes nothing": async ({ sdk }, { run }) => {
    const fail = (): never => {
      throw new Error("broken hook");
    };
    for (const name of ["onToolCall", "onStepFinish", "onFinish", "onResponse"] as const)
      sdk.hooks.on(name, fail);
    for (const name of ["beforeToolExecute", "afterToolExecute", "beforeStep"] as const)
      sdk.hooks.intercept(name, fail);
    expect((await run())[1]).toContain("Paris: sunny");
  },
};

/** Every cell of a loop. */
export async function probeLoop(loop: MatrixLoop): Promise<Map<string, Cell>> {
  const cells = new Map<string, Cell>();
  const absent = [
    ...(loop.without ?? []),
    ...(withoutAgent.test(loop.name) ? ["the loop is an agent span", "onStepFinish, onFinish"] : []),
  ];
  for (const [feature, probe] of Object.entries(probes)) {
    if (absent.some((start) => feature.startsWith(start))) {
      cells.set(feature, "–");
      continue;
    }
    const recorded = await startRecordedSdk({ captureContent: true });
    const held = await probe(recorded, loop).then(
      () => "yes" as const,
      () => "no" as const,
    );
    await recorded.stop();
    cells.set(feature, held);
  }
  return cells;
}
