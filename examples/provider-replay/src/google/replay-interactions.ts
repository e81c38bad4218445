import { GoogleGenAI } from "@google/genai";
import { wrap } from "@spanlight/sdk";
import { asJson, type CallFacts } from "../facts.ts";
import type { Recording } from "../recording.ts";
import type { Replayer } from "../replayer.ts";
import { toResponse } from "../to-response.ts";
import { interactionFacts, interactionStreamFacts } from "./interaction-facts.ts";

/** Google's interactions API through the real client. */
export const interactionReplayers: readonly Replayer[] = [
  { name: "@google/genai 2 interactions", accepts, facts, replay },
];

function accepts({ answer }: Recording): boolean {
  if (answer.kind === "body") return asJson(answer.body)["object"] === "interaction";
  return answer.kind === "events" && asJson(answer.events[0])["event_type"] === "interaction.created";
}

function facts({ answer }: Recording): CallFacts {
  if (answer.kind === "events") return interactionStreamFacts(answer.events);
  return interactionFacts(answer.kind === "body" ? answer.body : undefined);
}

async function replay(recording: Recording): Promise<void> {
  const client = wrap(new GoogleGenAI({ apiKey: "replay" }));
  const { fetch } = globalThis;
  // The client takes no fetch of its own.
  globalThis.fetch = () => Promise.resolve(toAnswer(recording));
  try {
    const ask = { model: "replayed-model", input: "replay" };
    if (recording.answer.kind !== "events") await client.interactions.create(ask as never);
    else {
      const stream: unknown = await client.interactions.create({ ...ask, stream: true } as never);
      for await (const _ of stream as AsyncIterable<unknown>);
    }
  } finally {
    globalThis.fetch = fetch;
  }
}

function toAnswer(recording: Recording): Response {
  if (recording.answer.kind !== "events") return toResponse(recording);
  const frames = recording.answer.events.map((event) => `data: ${JSON.stringify(event)}\n\n`);
  return new Response(`${frames.join("")}data: [DONE]\n\n`, {
    headers: { "content-type": "text/event-stream" },
  });
}
