import AnthropicNew from "@anthropic-ai/sdk";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { GoogleGenAI } from "@google/genai";
import { ChatOpenAI } from "@langchain/openai";
import { RunnableLambda } from "@langchain/core/runnables";
import AnthropicOld from "anthropic-old";
import { CohereClientV2 } from "cohere-ai";
import { expect } from "vitest";
import { LangChainHandler, wrap } from "../../src/index.ts";
import { message, messageEvents, overloaded } from "../anthropic-answers.ts";
import { cohereAnswer, cohereEvents } from "../cohere-answers.ts";
import { answerEvents, answerJson, type BedrockHandler } from "../bedrock-handler.ts";
import { chatChunks, completion, rateLimit } from "../openai-answers.ts";
import { createProvider, events, json, urlOf, type ProviderAnswer } from "../provider.ts";
import type { MatrixClient } from "./matrix.ts";
import { stop } from "./openai-client.ts";

const askClaude = {
  model: "claude-sonnet-4-5",
  max_tokens: 100,
  messages: [{ role: "user" as const, content: "Where?" }],
};

function anthropicClient(name: string, Client: typeof AnthropicNew): MatrixClient {
  const connect = (...answers: ProviderAnswer[]): AnthropicNew =>
    wrap(new Client({ apiKey: "sk-ant-test", maxRetries: 0, fetch: createProvider(...answers).fetch }));
  return {
    name,
    call: async () => JSON.stringify((await connect(json(message)).messages.create(askClaude)).content),
    stream: async (reading) => {
      const client = connect(events(messageEvents, { named: true }));
      const stream = await client.messages.create({ ...askClaude, stream: true });
      let text = "";
      for await (const event of stream) {
        if (event.type === "content_block_delta" && event.delta.type === "text_delta")
          text += event.delta.text;
        if (stop(reading, text, stream.controller)) break;
      }
      return text;
    },
    fail: () => connect(json(overloaded, 529)).messages.create(askClaude),
    expected: {
      answer: "Paris",
      inputTokens: 124,
      outputTokens: 12,
      cacheReadTokens: 64,
      model: "claude-sonnet-4-5-20250929",
      finishReason: "end_turn",
      server: "api.anthropic.com",
      errorType: "529",
    },
    surface: {
      "`.withResponse()`": async (recorded) => {
        await connect(json(message)).messages.create(askClaude).withResponse();
        await recorded.flushOne();
      },
      "`.asResponse()`": async (recorded) => {
        const raw = await connect(json(message)).messages.create(askClaude).asResponse();
        expect(await raw.json()).toMatchObject({ id: "msg_1" });
        await recorded.flushOne();
      },
      "`.stream()` helper": async (recorded) => {
        const helper = connect(events(messageEvents, { named: true })).messages.stream(askClaude);
        expect((await helper.finalMessage()).id).toBe("msg_1");
        await recorded.flushOne();
      },
      "`controller`": async () => {
        const client = connect(events(messageEvents, { named: true }));
        const stream = await client.messages.create({ ...askClaude, stream: true });
        expect(stream.controller).toBeInstanceOf(AbortController);
        for await (const _ of stream);
      },
      "`tee()`": async (recorded) => {
        const client = connect(events(messageEvents, { named: true }));
        const stream = await client.messages.create({ ...askClaude, stream: true });
        for (const half of stream.tee()) for await (const _ of half);
        await recorded.flushOne();
      },
      "`toReadableStream()`": async (recorded) => {
        const client = connect(events(messageEvents, { named: true }));
        const stream = await client.messages.create({ ...askClaude, stream: true });
        await new Response(stream.toReadableStream()).text();
        await recorded.flushOne();
      },
      "retries are one span": async (recorded) => {
        const client = connect(json(overloaded, 529, { "retry-after-ms": "1" }), json(message));
        await client.messages.create(askClaude, { maxRetries: 1 });
        await recorded.flushOne();
      },
    },
  };
}

/** Server-sent events as Gemini sends them, without a last mark. */
const streamed =
  (list: readonly object[]): ProviderAnswer =>
  (signal) => {
    const pending = list.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`);
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (signal?.aborted === true) return controller.error(signal.reason);
          const text = pending.shift();
          if (text === undefined) return controller.close();
          controller.enqueue(new TextEncoder().encode(text));
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };

function googleClient(): MatrixClient {
  const askGemini = { model: "gemini-2.5-flash", contents: "Where?" };
  const answer = (text: string, isLast: boolean): object => ({
    candidates: [
      {
        content: { role: "model", parts: [{ text }] },
        index: 0,
        ...(isLast ? { finishReason: "STOP" } : {}),
      },
    ],
    modelVersion: "gemini-2.5-flash-001",
    responseId: "g1",
    usageMetadata: {
      promptTokenCount: 30,
      cachedContentTokenCount: 12,
      candidatesTokenCount: 5,
      thoughtsTokenCount: 20,
      totalTokenCount: 55,
    },
  });
  // The client takes no fetch of its own.
  const connected = async <T>(
    given: ProviderAnswer,
    work: (client: GoogleGenAI) => Promise<T>,
  ): Promise<T> => {
    const { fetch } = globalThis;
    const provider = createProvider(given);
    globalThis.fetch = (input, init) =>
      urlOf(input).includes("gemini.internal") ? provider.fetch(input, init) : fetch(input, init);
    try {
      const options = { apiKey: "test", httpOptions: { baseUrl: "http://gemini.internal:8080" } };
      return await work(wrap(new GoogleGenAI(options)));
    } finally {
      globalThis.fetch = fetch;
    }
  };
  return {
    name: "@google/genai",
    call: () =>
      connected(
        json(answer("Paris.", true)),
        async (client) => (await client.models.generateContent(askGemini)).text,
      ),
    stream: (reading) =>
      connected(streamed([answer("Par", false), answer("is.", true)]), async (client) => {
        let text = "";
        const abort = new AbortController();
        const config = { abortSignal: abort.signal };
        for await (const chunk of await client.models.generateContentStream({ ...askGemini, config })) {
          text += chunk.text ?? "";
          if (stop(reading, text, abort)) break;
        }
        return text;
      }),
    fail: () =>
      connected(
        json({ error: { code: 429, message: "Quota", status: "RESOURCE_EXHAUSTED" } }, 429),
        (client) => client.models.generateContent(askGemini),
      ),
    expected: {
      answer: "Paris",
      inputTokens: 30,
      outputTokens: 25,
      cacheReadTokens: 12,
      reasoningTokens: 20,
      model: "gemini-2.5-flash-001",
      finishReason: "STOP",
      server: "gemini.internal",
      errorType: "429",
    },
  };
}

function bedrockClient(): MatrixClient {
  const modelId = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
  const input = { modelId, messages: [{ role: "user" as const, content: [{ text: "Where?" }] }] };
  const usage = { inputTokens: 10, outputTokens: 12, cacheReadInputTokens: 64, cacheWriteInputTokens: 50 };
  const connect = (requestHandler: BedrockHandler): BedrockRuntimeClient =>
    wrap(
      new BedrockRuntimeClient({
        region: "eu-west-1",
        credentials: { accessKeyId: "a", secretAccessKey: "s" },
        maxAttempts: 1,
        requestHandler,
      }),
    );
  const whole = {
    output: { message: { role: "assistant", content: [{ text: "Paris." }] } },
    stopReason: "end_turn",
    usage,
  };
  const parts = [
    { messageStart: { role: "assistant" } },
    { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "Par" } } },
    { contentBlockDelta: { contentBlockIndex: 0, delta: { text: "is." } } },
    { messageStop: { stopReason: "end_turn" } },
    { metadata: { usage, metrics: { latencyMs: 5 } } },
  ];
  return {
    name: "Bedrock",
    call: async () => JSON.stringify(await connect(answerJson(whole)).send(new ConverseCommand(input))),
    stream: async (reading) => {
      const { stream = [] } = await connect(answerEvents(parts)).send(new ConverseStreamCommand(input));
      let text = "";
      for await (const event of stream) {
        text += event.contentBlockDelta?.delta?.text ?? "";
        if (reading === "break" && text !== "") break;
      }
      return text;
    },
    readings: ["whole", "break"],
    fail: () => {
      const headers = { "x-amzn-errortype": "ThrottlingException" };
      return connect(answerJson({ message: "slow down" }, { status: 429, headers })).send(
        new ConverseCommand(input),
      );
    },
    expected: {
      answer: "Paris",
      inputTokens: 124,
      outputTokens: 12,
      cacheReadTokens: 64,
      finishReason: "end_turn",
      server: "bedrock-runtime.eu-west-1.amazonaws.com",
      errorType: "429",
    },
  };
}

function langChainClient(): MatrixClient {
  const connect = (answer: ProviderAnswer): ChatOpenAI =>
    new ChatOpenAI({
      model: "gpt-4o-mini",
      apiKey: "sk-test",
      maxRetries: 0,
      configuration: { fetch: createProvider(answer).fetch },
    });
  const callbacks = (): LangChainHandler[] => [new LangChainHandler()];
  return {
    name: "LangChain",
    call: async () => (await connect(json(completion)).invoke("Where?", { callbacks: callbacks() })).text,
    stream: async (reading) => {
      const model = connect(events(chatChunks));
      const read = RunnableLambda.from(async () => {
        let text = "";
        for await (const chunk of await model.stream("Where?")) {
          text += chunk.text;
          if (reading === "break" && text !== "") break;
        }
        return text;
      });
      return read.invoke("", { callbacks: callbacks() });
    },
    readings: ["whole", "break"],
    fail: () => connect(json(rateLimit, 429)).invoke("Where?", { callbacks: callbacks() }),
    expected: {
      answer: "Paris",
      inputTokens: 120,
      outputTokens: 40,
      cacheReadTokens: 64,
      reasoningTokens: 24,
      model: "gpt-4o-mini-2024-07-18",
      finishReason: "stop",
      errorType: "429",
    },
  };
}

function cohereClient(): MatrixClient {
  const ask = { model: "command-a-03-2025", messages: [{ role: "user" as const, content: "Where?" }] };
  const connect = (answer: ProviderAnswer): CohereClientV2 =>
    wrap(new CohereClientV2({ token: "test", fetch: createProvider(answer).fetch, maxRetries: 0 }));
  return {
    name: "cohere-ai",
    call: async () => JSON.stringify((await connect(json(cohereAnswer)).chat(ask)).message),
    stream: async (reading) => {
      let text = "";
      const abort = new AbortController();
      const client = connect(events(cohereEvents));
      for await (const event of await client.chatStream(ask, { abortSignal: abort.signal })) {
        if (event.type === "content-delta") text += event.delta?.message?.content?.text ?? "";
        if (stop(reading, text, abort)) break;
      }
      return text;
    },
    fail: () => connect(json({ message: "slow down" }, 429)).chat(ask),
    expected: {
      answer: "Paris",
      inputTokens: 12,
      outputTokens: 7,
      finishReason: "COMPLETE",
      server: "api.cohere.com",
      errorType: "429",
    },
  };
}

export const otherClients: readonly MatrixClient[] = [
  anthropicClient("@anthropic-ai/sdk 0.133", AnthropicOld as unknown as typeof AnthropicNew),
  anthropicClient("@anthropic-ai/sdk 1.11", AnthropicNew),
  googleClient(),
  bedrockClient(),
  cohereClient(),
  langChainClient(),
];
