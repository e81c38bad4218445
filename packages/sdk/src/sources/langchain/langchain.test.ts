import { tool as defineTool } from "@langchain/core/tools";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { StringOutputParser } from "@langchain/core/output_parsers";
import { RunnableLambda } from "@langchain/core/runnables";
import { FakeRetriever } from "@langchain/core/utils/testing";
import { Document } from "@langchain/core/documents";
import { createReactAgent } from "@langchain/langgraph/prebuilt";
import { ChatOpenAI } from "@langchain/openai";
import { createAgent, createMiddleware } from "langchain";
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  LangChainHandler,
  langchainMiddleware,
  trace,
  withContext,
  wrap,
  type Finish,
  type StepFinish,
  type ToolCall,
} from "../../index.ts";
import { chatChunks, completion, rateLimit, toolCompletion } from "../../../testing/openai-answers.ts";
import type { WireSpan } from "../../../testing/decode-trace-request.ts";
import { createProvider, events, json, type FakeProvider } from "../../../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../../../testing/recorded-sdk.ts";

const weather = () =>
  defineTool(({ city }: { city: string }) => trace("look up", () => Promise.resolve(`${city}: sunny`)), {
    name: "get_weather",
    description: "the weather",
    schema: z.object({ city: z.string() }),
  });
/** Another id than the first answer's: a conversation of LangGraph keeps one message an id. */
const finalCompletion = { ...completion, id: "chatcmpl-9" };
const question = { messages: [{ role: "user" as const, content: "Weather?" }] };
const names = (spans: readonly WireSpan[]): string[] => spans.map(({ name }) => name);
const find = (spans: readonly WireSpan[], name: string): WireSpan | undefined =>
  spans.find((span) => span.name === name);

describe("LangChain and LangGraph with the handler", () => {
  let recorded: RecordedSdk;
  let provider: FakeProvider;
  let callbacks: LangChainHandler[];

  const connect = (...answers: Parameters<typeof createProvider>): ChatOpenAI => {
    provider = createProvider(...answers);
    return new ChatOpenAI({
      model: "gpt-4o-mini",
      temperature: 0.2,
      apiKey: "sk-test",
      maxRetries: 0,
      configuration: { fetch: provider.fetch, baseURL: "http://llm.internal:8123/v1" },
    });
  };

  beforeEach(async () => {
    recorded = await startRecordedSdk({ captureContent: true });
    callbacks = [new LangChainHandler()];
  });
  afterEach(() => recorded.stop());

  test("a model call is one span with model, settings, tokens, ids, finish reason and content", async () => {
    const answer = await withContext({ userId: "u" }, () =>
      connect(json(completion)).invoke("Where?", { callbacks }),
    );
    expect(answer.content).toBe("Paris.");
    const span = await recorded.flushOne();
    expect(span).toMatchObject({ name: "chat gpt-4o-mini", kind: 3, status: { code: 0 } });
    expect(span.attributes).toMatchObject({
      "gen_ai.provider.name": "openai",
      "gen_ai.request.temperature": 0.2,
      "gen_ai.response.id": "chatcmpl-1",
      "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": 120,
      "gen_ai.usage.output_tokens": 40,
      "gen_ai.usage.cache_read.input_tokens": 64,
      "gen_ai.usage.reasoning.output_tokens": 24,
      "user.id": "u",
      "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Where?"}]}]',
      "gen_ai.output.messages":
        '[{"role":"assistant","parts":[{"type":"text","content":"Paris."}],"finish_reason":"stop"}]',
    });
    expect(span.attributes["app.cost.usd"]).toBeCloseTo(0.0000372, 12);
  });

  test("a chain is a span over its steps, in their order", async () => {
    const chain = ChatPromptTemplate.fromMessages([
      ["system", "Be brief."],
      ["human", "{question}"],
    ])
      .pipe(connect(json(completion)))
      .pipe(new StringOutputParser());
    const text = await chain.invoke({ question: "Where?" }, { callbacks, runName: "answer" });
    expect(text).toBe("Paris.");
    const spans = await recorded.flush();
    expect(names(spans)).toEqual([
      "invoke_workflow answer",
      "invoke_workflow ChatPromptTemplate",
      "chat gpt-4o-mini",
      "invoke_workflow StrOutputParser",
    ]);
    for (const span of spans.slice(1)) expect(span.parentSpanId).toBe(spans[0]?.spanId);
    expect(spans[2]?.attributes["gen_ai.system_instructions"]).toBe(
      '[{"type":"text","content":"Be brief."}]',
    );
  });

  test("a streamed call has its first token, its tokens and its end", async () => {
    let text = "";
    for await (const chunk of await connect(events(chatChunks)).stream("Where?", { callbacks }))
      text += chunk.text;
    expect(text).toBe("Paris.");
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({
      "gen_ai.request.stream": true,
      "app.stream.end": "completed",
      "gen_ai.usage.input_tokens": 120,
      "gen_ai.usage.output_tokens": 40,
      "gen_ai.response.finish_reasons": ["stop"],
    });
    expect(span.attributes["gen_ai.response.time_to_first_chunk"]).toBeGreaterThan(0);
  });

  test("a stream left early inside a chain ends with the chain, with a mark", async () => {
    const model = connect(events(chatChunks));
    const first = RunnableLambda.from(async (input: string) => {
      for await (const chunk of await model.stream(input)) if (chunk.content !== "") return chunk.content;
      return "";
    });
    expect(await first.invoke("Where?", { callbacks })).toBe("Par");
    const call = find(await recorded.flush(), "chat gpt-4o-mini");
    expect(call?.attributes).toMatchObject({ "app.stream.end": "break", "app.stream.incomplete": true });
  });

  test("a failing model fails its call and the chain, and the application gets its error", async () => {
    const chain = RunnableLambda.from((input: string) => input).pipe(connect(json(rateLimit, 429)));
    await expect(chain.invoke("x", { callbacks })).rejects.toThrow("429");
    const spans = await recorded.flush();
    const failed = spans.filter(({ status }) => status.code === 2);
    expect(names(failed)).toEqual(["invoke_workflow RunnableSequence", "chat gpt-4o-mini"]);
    expect(find(spans, "chat gpt-4o-mini")?.attributes["error.type"]).toBe("429");
  });

  test("a retriever is a retrieval with its documents", async () => {
    const retriever = new FakeRetriever({
      output: [new Document({ id: "d1", pageContent: "Paris is nice." })],
    });
    await retriever.invoke("Paris", { callbacks });
    const span = await recorded.flushOne();
    expect(span.name).toBe("retrieval FakeRetriever");
    expect(span.attributes).toMatchObject({
      "gen_ai.operation.name": "retrieval",
      "gen_ai.retrieval.query.text": "Paris",
      "app.retrieval.document_count": 1,
      "gen_ai.retrieval.documents": '[{"id":"d1","content":"Paris is nice.","metadata":{}}]',
    });
  });

  test.each(["createAgent", "createReactAgent"])(
    "an agent by %s is an agent span over model calls and tools, and reaches the hooks",
    async (kind) => {
      const steps: StepFinish[] = [];
      const tools: ToolCall[] = [];
      const ends: Finish[] = [];
      recorded.sdk.hooks.on("onStepFinish", (event) => steps.push(event));
      recorded.sdk.hooks.on("onToolCall", (event) => tools.push(event));
      recorded.sdk.hooks.on("onFinish", (event) => ends.push(event));
      const model = connect(json(toolCompletion), json(finalCompletion));
      const options = { tools: [weather()], name: "forecaster" };
      const agent =
        kind === "createAgent"
          ? createAgent({ model, ...options })
          : createReactAgent({ llm: model, ...options });
      const result = (await agent.invoke(question, { callbacks })) as { messages: { content: unknown }[] };
      expect(result.messages.at(-1)?.content).toBe("Paris.");
      const spans = await recorded.flush();
      const [root] = spans;
      expect(root?.name).toBe("invoke_agent forecaster");
      expect(root?.attributes).toMatchObject({
        "app.loop.steps": 2,
        "app.loop.termination_reason": "natural",
      });
      expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
      const calls = spans.filter(({ name }) => name === "chat gpt-4o-mini");
      expect(calls.map(({ attributes }) => attributes["app.step.number"])).toEqual([1, 2]);
      const toolSpan = find(spans, "execute_tool get_weather");
      expect(toolSpan?.attributes).toMatchObject({
        "gen_ai.tool.call.id": "call_1",
        "gen_ai.tool.call.arguments": '{"city":"Paris"}',
        "gen_ai.tool.call.result": "Paris: sunny",
      });
      expect(find(spans, "look up")?.parentSpanId).toBe(toolSpan?.spanId);
      expect(steps.map(({ stepNumber, toolCalls }) => [stepNumber, toolCalls.length])).toEqual([
        [1, 1],
        [2, 0],
      ]);
      expect(tools).toMatchObject([
        { toolName: "get_weather", toolCallId: "call_1", output: "Paris: sunny" },
      ]);
      expect(ends).toMatchObject([{ steps: 2, terminationReason: "natural", error: undefined }]);
    },
  );

  test("with the client below instrumented too a call is one span, which then tells the server", async () => {
    const original = Object.getOwnPropertyDescriptor(OpenAI.prototype, "post");
    wrap(OpenAI);
    try {
      const model = connect(
        json(completion),
        events(chatChunks),
        json(toolCompletion),
        json(finalCompletion),
      );
      await model.invoke("Where?", { callbacks });
      for await (const _ of await model.stream("Where?", { callbacks }));
      await createAgent({ model, tools: [weather()] }).invoke(question, { callbacks });
      const calls = (await recorded.flush()).filter(({ name }) => name === "chat gpt-4o-mini");
      expect(calls.map(({ attributes }) => attributes["server.address"])).toEqual(
        Array.from({ length: 4 }, () => "llm.internal"),
      );
      // Beside LangChain the client still tells its own calls.
      const client = new OpenAI({ apiKey: "k", fetch: createProvider(json(completion)).fetch });
      await client.chat.completions.create({ model: "gpt-4o", messages: [] });
      expect(names(await recorded.flush())).toContain("chat gpt-4o");
    } finally {
      if (original === undefined) Reflect.deleteProperty(OpenAI.prototype, "post");
      else Object.defineProperty(OpenAI.prototype, "post", original);
    }
  });

  test("a stream that is left, with nothing of LangChain around it, ends with the SDK at the latest", async () => {
    const model = connect(events(chatChunks));
    for await (const chunk of await model.stream("Where?", { callbacks })) if (chunk.text !== "") break;
    await recorded.sdk.shutdown();
    const [call] = recorded.receiver.spans();
    expect(recorded.receiver.spans()).toHaveLength(1);
    expect(call?.attributes).toMatchObject({ "app.stream.end": "dropped", "app.stream.incomplete": true });
  });

  test("runs side by side keep their own parents, and the code after them is outside", async () => {
    const model = connect(json(completion));
    const chain = (name: string) =>
      RunnableLambda.from((input: string) => input)
        .pipe(model)
        .withConfig({ runName: name });
    await trace("outer", async () => {
      await Promise.all([chain("a").invoke("x", { callbacks }), chain("b").invoke("y", { callbacks })]);
      trace("after", () => undefined);
    });
    const spans = await recorded.flush();
    const outer = find(spans, "outer");
    for (const name of ["invoke_workflow a", "invoke_workflow b", "after"])
      expect(find(spans, name)?.parentSpanId).toBe(outer?.spanId);
    const parents = spans
      .filter(({ name }) => name === "chat gpt-4o-mini")
      .map(({ parentSpanId }) => parentSpanId);
    const chains = [find(spans, "invoke_workflow a")?.spanId, find(spans, "invoke_workflow b")?.spanId];
    expect(new Set(parents)).toEqual(new Set(chains));
  });

  test("tools called side by side from plain code leave the caller where it was", async () => {
    const get = weather();
    await trace("outer", async () => {
      const both = [get.invoke({ city: "Rome" }, { callbacks }), get.invoke({ city: "Oslo" }, { callbacks })];
      trace("between", () => undefined);
      await Promise.all(both);
    });
    const spans = await recorded.flush();
    const outer = find(spans, "outer");
    for (const span of spans.filter(({ name }) => name === "execute_tool get_weather" || name === "between"))
      expect(span.parentSpanId).toBe(outer?.spanId);
  });

  describe("and the interceptors", () => {
    test("beforeToolExecute may skip a tool or change its input, afterToolExecute its output", async () => {
      const model = connect(
        json(toolCompletion),
        json(finalCompletion),
        json(toolCompletion),
        json(finalCompletion),
      );
      const seen: string[] = [];
      const get = defineTool(
        ({ city }: { city: string }) => {
          seen.push(city);
          return `${city}: sunny`;
        },
        { name: "get_weather", description: "w", schema: z.object({ city: z.string() }) },
      );
      const agent = createAgent({ model, tools: [get], middleware: [langchainMiddleware(createMiddleware)] });
      const hooked: ToolCall[] = [];
      recorded.sdk.hooks.on("onToolCall", (event) => hooked.push(event));
      recorded.sdk.hooks.intercept("beforeToolExecute", () => ({ skip: true, output: "not allowed" }));
      await agent.invoke(question, { callbacks });
      expect(JSON.stringify(provider.requests[1]?.body)).toContain("not allowed");
      recorded.sdk.hooks.intercept("beforeToolExecute", () => ({ input: { city: "Rome" } }));
      recorded.sdk.hooks.intercept("afterToolExecute", ({ output }) => ({ output: `${String(output)}!` }));
      await agent.invoke(question, { callbacks });
      expect(seen).toEqual(["Rome"]);
      expect(JSON.stringify(provider.requests[3]?.body)).toContain("Rome: sunny!");
      const tools = (await recorded.flush()).filter(({ name }) => name.startsWith("execute_tool"));
      expect(tools.map(({ attributes }) => attributes["app.tool.skipped"])).toEqual([true, undefined]);
      expect(tools[1]?.attributes).toMatchObject({
        "app.tool.input_overridden": true,
        "app.tool.output_modified": true,
      });
      expect(hooked).toMatchObject([
        { stepNumber: 1, input: { city: "Paris" }, output: "not allowed" },
        { stepNumber: 1, input: { city: "Rome" }, output: "Rome: sunny!" },
      ]);
    });

    test("beforeStep may put messages in or stop the agent", async () => {
      const model = connect(json(toolCompletion));
      const middleware = [langchainMiddleware(createMiddleware)];
      const agent = createAgent({ model, tools: [weather()], middleware, name: "forecaster" });
      recorded.sdk.hooks.intercept("beforeStep", ({ stepNumber }) =>
        stepNumber === 1
          ? { injectMessages: [{ role: "user", content: "Be brief." }] }
          : { stop: stepNumber === 2 },
      );
      await agent.invoke(question, { callbacks });
      expect(provider.requests).toHaveLength(1);
      expect(JSON.stringify(provider.requests[0]?.body)).toContain("Be brief.");
      const spans = await recorded.flush();
      expect(find(spans, "chat gpt-4o-mini")?.attributes["app.step.injected_messages"]).toBe(1);
      expect(find(spans, "invoke_agent forecaster")?.attributes).toMatchObject({
        "app.loop.stopped_at_step": 2,
        "app.loop.termination_reason": "hook_stopped",
      });
    });

    test("a wrapped tool asks them in an agent without middleware, and in plain calls", async () => {
      const get = wrap(weather());
      recorded.sdk.hooks.intercept("afterToolExecute", ({ output }) => ({ output: `${String(output)}!` }));
      const model = connect(json(toolCompletion), json(finalCompletion));
      await createReactAgent({ llm: model, tools: [get] }).invoke(question, { callbacks });
      expect(JSON.stringify(provider.requests[1]?.body)).toContain("Paris: sunny!");
      expect(await get.invoke({ city: "Oslo" })).toBe("Oslo: sunny!");
      const tools = (await recorded.flush()).filter(({ name }) => name === "execute_tool get_weather");
      expect(tools).toHaveLength(2);
    });
  });
});
