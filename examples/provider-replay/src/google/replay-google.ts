import { GoogleGenAI } from "@google/genai";
import { wrap } from "@spanlight/sdk";
import { asJson } from "../facts.ts";
import type { Recording } from "../recording.ts";
import type { Replayer } from "../replayer.ts";
import { toResponse } from "../to-response.ts";
import { generatedFacts } from "./google-facts.ts";

/** Gemini's own API, through the real client. */
export const googleReplayers: readonly Replayer[] = [
  { name: "@google/genai 2", accepts, facts: ({ answer }) => generatedFacts(chunksOf(answer)), replay },
];

function chunksOf(answer: Recording["answer"]): readonly unknown[] {
  if (answer.kind === "events") return answer.events;
  return answer.kind === "body" ? [answer.body] : [];
}

function accepts({ answer, url, provider }: Recording): boolean {
  const [first] = chunksOf(answer);
  if (url !== "" && !url.includes("googleapis.com")) return false;
  const content = asJson(first);
  const isError = content["error"] !== undefined && (provider === "google" || url !== "");
  return Array.isArray(content["candidates"]) || "usageMetadata" in content || isError;
}

async function replay(recording: Recording): Promise<void> {
  const client = wrap(new GoogleGenAI({ apiKey: "replay" }));
  const ask = { model: "replayed-model", contents: "replay" };
  const { fetch } = globalThis;
  // The client takes no fetch of its own.
  globalThis.fetch = () => Promise.resolve(toAnswer(recording));
  try {
    if (recording.answer.kind === "events") {
      for await (const _ of await client.models.generateContentStream(ask));
      return;
    }
    await client.models.generateContent(ask);
  } finally {
    globalThis.fetch = fetch;
  }
}

function toAnswer(recording: Recording): Response {
  if (recording.answer.kind !== "events") {
    const code = chunksOf(recording.answer).map((body) => asJson(asJson(body)["error"])["code"])[0];
    return toResponse(typeof code === "number" ? { ...recording, status: code } : recording);
  }
  const frames = recording.answer.events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`);
  return new Response(frames.join(""), { headers: { "content-type": "text/event-stream" } });
}
