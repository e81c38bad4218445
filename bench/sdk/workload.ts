import { setImmediate as nextTurn } from "node:timers/promises";
import type OpenAI from "openai";

/** What every variant does: the same client, the same answers, made in the process so that no network is measured. */
export interface Workload {
  call(client: OpenAI): Promise<void>;
  /** A stream of 200 chunks, read to its end. */
  stream(client: OpenAI): Promise<void>;
}

const chunkCount = 200;
const text = "The quick brown fox jumps over the lazy dog while nobody is looking. ".repeat(12);

const messages = [
  { role: "system" as const, content: "You answer questions about orders, briefly and kindly." },
  { role: "user" as const, content: `Where is my order? ${text}` },
];

const usage = {
  prompt_tokens: 250,
  completion_tokens: 180,
  total_tokens: 430,
  prompt_tokens_details: { cached_tokens: 128 },
  completion_tokens_details: { reasoning_tokens: 0 },
};

const completion = JSON.stringify({
  id: "chatcmpl-bench",
  object: "chat.completion",
  created: 1_770_000_000,
  model: "gpt-4o-mini-2024-07-18",
  choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
  usage,
});

function chunk(choices: readonly unknown[], extra: object = {}): string {
  const body = {
    id: "chatcmpl-bench",
    object: "chat.completion.chunk",
    created: 1_770_000_000,
    model: "gpt-4o-mini-2024-07-18",
    choices,
    ...extra,
  };
  return `data: ${JSON.stringify(body)}\n\n`;
}

const encoder = new TextEncoder();
const frames = [
  ...Array.from({ length: chunkCount - 2 }, (_, index) =>
    chunk([{ index: 0, delta: { content: `word${index} ` }, finish_reason: null }]),
  ),
  chunk([{ index: 0, delta: {}, finish_reason: "stop" }]),
  chunk([], { usage }),
  "data: [DONE]\n\n",
].map((frame) => encoder.encode(frame));

/** Answers as the provider would, on a later turn of the event loop: whole, or event by event in network chunks of their own. */
async function answer(_input: unknown, init?: { readonly body?: unknown }): Promise<Response> {
  await nextTurn();
  if (!String(init?.body).includes('"stream":true'))
    return new Response(completion, { headers: { "content-type": "application/json" } });
  let next = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const frame = frames[next++];
      if (frame === undefined) controller.close();
      else controller.enqueue(frame);
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

/** A client that talks to nobody. The usage chunk comes for everybody, so that all variants read the same stream. */
export function createClient(Client: typeof OpenAI): OpenAI {
  return new Client({ apiKey: "sk-bench", fetch: answer as typeof fetch, maxRetries: 0 });
}

export const workload: Workload = {
  async call(client) {
    await client.chat.completions.create({ model: "gpt-4o-mini", messages });
  },
  async stream(client) {
    const stream = await client.chat.completions.create({
      model: "gpt-4o-mini",
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const _ of stream);
  },
};
