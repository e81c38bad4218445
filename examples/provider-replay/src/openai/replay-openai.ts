import { wrap } from "@spanlight/sdk";
import OpenAI6 from "openai";
import OpenAI7 from "openai7";
import { asJson, type CallFacts } from "../facts.ts";
import type { Recording } from "../recording.ts";
import type { Replayer } from "../replayer.ts";
import { toResponse } from "../to-response.ts";
import {
  chatFacts,
  chatStreamFacts,
  completionFacts,
  completionStreamFacts,
  embeddingFacts,
  responsesFacts,
  responsesStreamFacts,
} from "./openai-facts.ts";

type Api = "chat" | "responses" | "completion" | "embedding";

// Both majors have the methods used here; their types differ in places that are not.
const clients = { "openai 6": OpenAI6, "openai 7": OpenAI7 as unknown as typeof OpenAI6 } as const;

/** Answers of OpenAI and of everybody who speaks its API, through the real `openai` client of both majors. */
export const openAiReplayers: readonly Replayer[] = (Object.keys(clients) as (keyof typeof clients)[]).map(
  (name) => ({
    name,
    accepts: (recording) => apiOf(recording) !== undefined,
    facts: factsOf,
    replay: (recording) => replay(clients[name], recording),
  }),
);

const apisByPath: readonly (readonly [RegExp, Api])[] = [
  [/\/chat\/completions$/, "chat"],
  [/\/responses$/, "responses"],
  [/\/completions$/, "completion"],
  [/\/embeddings$/, "embedding"],
];

/** The API an answer belongs to: by address, by what it calls itself, or, for a bare error, by the file's name. */
function apiOf(recording: Recording): Api | undefined {
  const path = recording.url === "" ? "" : new URL(recording.url).pathname;
  const byPath = apisByPath.find(([pattern]) => pattern.test(path));
  if (byPath !== undefined) return byPath[1];
  if (path !== "") return undefined;
  const first = firstOf(recording);
  const byContent = apiOfContent(first);
  if (byContent !== undefined) return byContent;
  const isSilent = first["error"] !== undefined || "text" in first;
  return isSilent ? apiOfName(recording.name) : undefined;
}

function firstOf({ answer }: Recording): ReturnType<typeof asJson> {
  if (answer.kind === "body") return asJson(answer.body);
  return answer.kind === "events" ? asJson(answer.events[0]) : {};
}

function apiOfContent(content: ReturnType<typeof asJson>): Api | undefined {
  const object = content["object"];
  if (object === "response" || String(content["type"]).startsWith("response.")) return "responses";
  if (object === "chat.completion" || object === "chat.completion.chunk") return "chat";
  if (object === "text_completion") return "completion";
  if (object === "list" && Array.isArray(content["data"])) return "embedding";
  return Array.isArray(content["choices"]) ? "chat" : undefined;
}

const apisByName: Readonly<Record<string, Api>> = {
  chat: "chat",
  responses: "responses",
  completion: "completion",
  embedding: "embedding",
};

/** Providers whose own API is OpenAI's chat. */
const chatProviders: ReadonlySet<string> = new Set([
  "openai",
  "openai-compatible",
  "azure",
  "xai",
  "groq",
  "deepseek",
  "mistral",
  "together",
  "fireworks",
  "cerebras",
  "moonshotai",
  "perplexity",
  "alibaba",
  "togetherai",
  "deepinfra",
]);

function apiOfName(name: string): Api | undefined {
  const parts = name.split("/");
  const prefix = (parts.at(-1) ?? "").split(".")[0] ?? "";
  return apisByName[prefix] ?? (chatProviders.has(parts.at(-2) ?? "") ? "chat" : undefined);
}

function factsOf(recording: Recording): CallFacts {
  const api = apiOf(recording) ?? "chat";
  if (recording.answer.kind === "events") {
    const readers = {
      chat: chatStreamFacts,
      responses: responsesStreamFacts,
      completion: completionStreamFacts,
      embedding: embeddingFacts,
    };
    return readers[api](recording.answer.events);
  }
  const body = recording.answer.kind === "body" ? recording.answer.body : undefined;
  const readers = {
    chat: chatFacts,
    responses: responsesFacts,
    completion: completionFacts,
    embedding: embeddingFacts,
  };
  return readers[api](body);
}

async function replay(Client: typeof OpenAI6, recording: Recording): Promise<void> {
  const client = wrap(
    new Client({
      apiKey: "replay",
      maxRetries: 0,
      fetch: () => Promise.resolve(toResponse(recording)),
      logLevel: "off",
    }),
  );
  const stream = recording.answer.kind === "events";
  const body = { model: "replayed-model", ...asJson(recording.request), stream };
  const result: unknown = await request(client, apiOf(recording) ?? "chat", body);
  if (stream) for await (const _ of result as AsyncIterable<unknown>);
}

function request(client: OpenAI6, api: Api, body: object): PromiseLike<unknown> {
  // The bodies are recorded or the least an API takes; the client sends them as they are.
  const chat = { messages: [{ role: "user", content: "replay" }], ...body } as never;
  switch (api) {
    case "chat":
      return client.chat.completions.create(chat);
    case "responses":
      return client.responses.create({ input: "replay", ...body } as never);
    case "completion":
      return client.completions.create({ prompt: "replay", ...body } as never);
    case "embedding":
      return client.embeddings.create({ input: "replay", ...body, stream: undefined } as never);
  }
}
