import type OpenAI from "openai";
import { expect } from "vitest";
import { wrap } from "../../src/index.ts";
import { chatChunks, completion, embedding, rateLimit, response, responseEvents } from "../openai-answers.ts";
import { createProvider, events, json, type ProviderAnswer } from "../provider.ts";
import type { RecordedSdk } from "../recorded-sdk.ts";
import type { MatrixClient, Reading } from "./matrix.ts";

const ask = { model: "gpt-4o-mini", messages: [{ role: "user" as const, content: "Where?" }] };
const askResponse = { model: "gpt-5-mini", input: "Where?" };
const schema = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

/** The client of one major of `openai`. */
export function openAiClient(name: string, Client: typeof OpenAI): MatrixClient {
  const connect = (...answers: ProviderAnswer[]): OpenAI =>
    wrap(
      new Client({
        apiKey: "sk-test",
        maxRetries: 0,
        baseURL: "http://llm.internal:8123/v1",
        fetch: createProvider(...answers).fetch,
      }),
    );
  return {
    name,
    call: async () =>
      (await connect(json(completion)).chat.completions.create(ask)).choices[0]?.message.content,
    stream: async (reading) => {
      const stream = await connect(events(chatChunks)).chat.completions.create({ ...ask, stream: true });
      let text = "";
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? "";
        if (stop(reading, text, stream.controller)) break;
      }
      return text;
    },
    fail: () => connect(json(rateLimit, 429)).chat.completions.create(ask),
    expected: {
      answer: "Paris",
      inputTokens: 120,
      outputTokens: 40,
      cacheReadTokens: 64,
      reasoningTokens: 24,
      model: "gpt-4o-mini-2024-07-18",
      finishReason: "stop",
      server: "llm.internal",
      errorType: "429",
    },
    surface: surfaceOf(connect),
  };
}

/** True when the loop is to be left; aborts where that is asked for. */
export function stop(reading: Reading, text: string, controller: AbortController): boolean {
  if (reading === "abort" && text !== "") controller.abort();
  return reading === "break" && text !== "";
}

async function oneSpan(recorded: RecordedSdk, outputTokens?: number): Promise<void> {
  const span = await recorded.flushOne();
  if (outputTokens !== undefined) expect(span.attributes["gen_ai.usage.output_tokens"]).toBe(outputTokens);
}

/** Where the client keeps `parse`, `stream` and `runTools` of chat completions: version 4 has them under `beta`. */
export function chatHelpers(client: OpenAI): OpenAI["chat"]["completions"] {
  const { chat, beta } = client as unknown as { chat: OpenAI["chat"]; beta?: { chat?: OpenAI["chat"] } };
  return typeof chat.completions.parse === "function" ? chat.completions : (beta?.chat ?? chat).completions;
}

type Connect = (...answers: ProviderAnswer[]) => OpenAI;

function surfaceOf(connect: Connect): NonNullable<MatrixClient["surface"]> {
  const parsed = {
    ...completion,
    choices: [{ ...completion.choices[0], message: { role: "assistant", content: '{"city":"Paris"}' } }],
  };
  const format = { type: "json_schema" as const, name: "place", strict: true, schema };
  return {
    "`responses.create`": async (recorded) => {
      expect((await connect(json(response)).responses.create(askResponse)).output_text).toContain("Paris");
      await oneSpan(recorded, 30);
    },
    "`responses.create`, streamed": async (recorded) => {
      const stream = await connect(events(responseEvents, { named: true })).responses.create({
        ...askResponse,
        stream: true,
      });
      for await (const _ of stream);
      await oneSpan(recorded, 30);
    },
    "`parse()`": async (recorded) => {
      await chatHelpers(connect(json(parsed))).parse({
        ...ask,
        response_format: { type: "json_schema", json_schema: format },
      });
      await oneSpan(recorded, 40);
    },
    "`responses.parse()`": async (recorded) => {
      const answer = await connect(json(response)).responses.parse({ ...askResponse, text: { format } });
      expect(answer.output_parsed).toEqual({ city: "Paris" });
      await oneSpan(recorded, 30);
    },
    "`.withResponse()`": async (recorded) => {
      const { data } = await connect(json(completion)).chat.completions.create(ask).withResponse();
      expect(data.id).toBe("chatcmpl-1");
      await oneSpan(recorded, 40);
    },
    "`.asResponse()`": async (recorded) => {
      const raw = await connect(json(completion)).chat.completions.create(ask).asResponse();
      expect(await raw.json()).toMatchObject({ id: "chatcmpl-1" });
      await oneSpan(recorded);
    },
    "`.stream()` helper": async (recorded) => {
      const helper = chatHelpers(connect(events(chatChunks))).stream(ask);
      expect(await helper.finalContent()).toBe("Paris.");
      await oneSpan(recorded, 40);
    },
    "`tee()`": async (recorded) => {
      const stream = await connect(events(chatChunks)).chat.completions.create({ ...ask, stream: true });
      for (const half of stream.tee()) for await (const _ of half);
      await oneSpan(recorded, 40);
    },
    "`controller`": async () => {
      const stream = await connect(events(chatChunks)).chat.completions.create({ ...ask, stream: true });
      expect(stream.controller).toBeInstanceOf(AbortController);
      for await (const _ of stream);
    },
    "`toReadableStream()`": async (recorded) => {
      const stream = await connect(events(chatChunks)).chat.completions.create({ ...ask, stream: true });
      const lines = (await new Response(stream.toReadableStream()).text()).trim().split("\n");
      expect(lines).toHaveLength(5);
      await oneSpan(recorded, 40);
    },
    embeddings: async (recorded) => {
      await connect(json(embedding)).embeddings.create({ model: "text-embedding-3-small", input: "x" });
      expect((await recorded.flushOne()).name).toBe("embeddings text-embedding-3-small");
    },
    "retries are one span": async (recorded) => {
      const client = connect(json(rateLimit, 429, { "retry-after-ms": "1" }), json(completion));
      await client.chat.completions.create(ask, { maxRetries: 1 });
      await oneSpan(recorded, 40);
    },
  };
}
