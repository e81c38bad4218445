import AnthropicNew from "@anthropic-ai/sdk";
import { wrap } from "@spanlight/sdk";
import AnthropicOld from "anthropic-old";
import { asJson, type CallFacts } from "../facts.ts";
import type { Recording } from "../recording.ts";
import type { Replayer } from "../replayer.ts";
import { toResponse } from "../to-response.ts";
import { messageFacts, messageStreamFacts } from "./anthropic-facts.ts";

// Both have the methods used here; their types differ in places that are not.
const clients = {
  "@anthropic-ai/sdk 0.133": AnthropicOld as unknown as typeof AnthropicNew,
  "@anthropic-ai/sdk 1.11": AnthropicNew,
} as const;

const eventTypes: ReadonlySet<unknown> = new Set(["message_start", "content_block_start", "ping"]);

/** Anthropic's messages, through the real client before and after it began to trace itself. */
export const anthropicReplayers: readonly Replayer[] = (Object.keys(clients) as (keyof typeof clients)[]).map(
  (name) => ({ name, accepts, facts: factsOf, replay: (recording) => replay(clients[name], recording) }),
);

function accepts({ answer, url, provider }: Recording): boolean {
  if (url !== "" && !url.includes("api.anthropic.com")) return false;
  if (answer.kind === "events") return eventTypes.has(asJson(answer.events[0])["type"]);
  if (answer.kind !== "body") return false;
  const body = asJson(answer.body);
  const isError = body["type"] === "error" && (provider === "anthropic" || url !== "");
  return body["type"] === "message" || isError;
}

function factsOf({ answer }: Recording): CallFacts {
  if (answer.kind === "events") return messageStreamFacts(answer.events);
  return messageFacts(answer.kind === "body" ? answer.body : undefined);
}

async function replay(Client: typeof AnthropicNew, recording: Recording): Promise<void> {
  const fetch = (): Promise<Response> => Promise.resolve(toResponse(recording));
  const client = wrap(new Client({ apiKey: "replay", maxRetries: 0, fetch, logLevel: "off" }));
  const stream = recording.answer.kind === "events";
  const body = {
    model: "replayed-model",
    max_tokens: 1000,
    messages: [{ role: "user", content: "replay" }],
    ...asJson(recording.request),
    stream,
  };
  // The bodies are recorded or the least the API takes; the client sends them as they are.
  const result: unknown = await client.messages.create(body as never);
  if (stream) for await (const _ of result as AsyncIterable<unknown>);
}
