import { wrap } from "@spanlight/sdk";
import { CohereClient, CohereClientV2 } from "cohere-ai";
import { asJson, type CallFacts } from "../facts.ts";
import type { Recording } from "../recording.ts";
import type { Replayer } from "../replayer.ts";
import { cohereFacts, cohereStreamFacts } from "./cohere-facts.ts";

/** Answers of Cohere's own API, through its real client: version 2, and version 1 where the address says so. */
export const cohereReplayers: readonly Replayer[] = [{ name: "cohere-ai 8", accepts, facts, replay }];

function accepts({ provider, url, name }: Recording): boolean {
  if (name.includes("rerank")) return false;
  if (url !== "") return /cohere\.(?:ai|com)\/v[12]\/(?:chat|generate|embed)$/.test(url);
  return provider === "cohere";
}

/** A recorded stream of version 1 is one JSON text a line. */
function linesOf(recording: Recording): readonly unknown[] | undefined {
  const { answer } = recording;
  if (answer.kind === "events") return answer.events;
  if (answer.kind !== "bytes" || !answer.contentType.includes("stream+json")) return undefined;
  const lines = answer.bytes.toString().split("\n");
  return lines.filter((line) => line.trim() !== "").map((line) => JSON.parse(line) as unknown);
}

function facts(recording: Recording): CallFacts {
  const events = linesOf(recording);
  if (events !== undefined) return cohereStreamFacts(events);
  return cohereFacts(recording.answer.kind === "body" ? recording.answer.body : undefined);
}

async function replay(recording: Recording): Promise<void> {
  const events = linesOf(recording);
  const isOld = recording.url.includes("/v1/");
  const fetch = (): Promise<Response> => Promise.resolve(toAnswer(recording, events, isOld));
  const options = { token: "replay", fetch: fetch as typeof globalThis.fetch, maxRetries: 0 };
  // The requests are recorded, or the least the client takes.
  const sent = asJson(recording.request);
  if (isOld) return replayOld(wrap(new CohereClient(options)), recording, events !== undefined);
  const client = wrap(new CohereClientV2(options));
  const ask = { model: "replayed-model", messages: [{ role: "user", content: "replay" }], ...sent } as never;
  if (events !== undefined) {
    for await (const _ of await client.chatStream(ask));
    return;
  }
  if (isEmbedding(recording))
    await client.embed({ model: "replayed-model", inputType: "search_query", texts: ["replay"] } as never);
  else await client.chat(ask);
}

async function replayOld(
  client: CohereClient,
  { url, request }: Recording,
  isStream: boolean,
): Promise<void> {
  const sent = asJson(request) as never;
  if (url.endsWith("/generate")) return void (await client.generate(sent));
  if (!isStream) return void (await client.chat(sent));
  for await (const _ of await client.chatStream(sent));
}

function isEmbedding({ answer }: Recording): boolean {
  return answer.kind === "body" && "embeddings" in asJson(answer.body);
}

function toAnswer(recording: Recording, events: readonly unknown[] | undefined, isOld: boolean): Response {
  const status = recording.status ?? 200;
  if (events === undefined) {
    const body = recording.answer.kind === "body" ? recording.answer.body : {};
    return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
  }
  const texts = events.map((event) => JSON.stringify(event));
  if (isOld)
    return new Response(`${texts.join("\n")}\n`, {
      status,
      headers: { "content-type": "application/stream+json" },
    });
  const frames = texts.map((text) => `data: ${text}\n\n`);
  return new Response(`${frames.join("")}data: [DONE]\n\n`, {
    status,
    headers: { "content-type": "text/event-stream" },
  });
}
