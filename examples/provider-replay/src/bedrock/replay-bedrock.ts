import { Readable } from "node:stream";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { EventStreamCodec } from "@smithy/core/event-streams";
import { HttpResponse } from "@smithy/core/protocols";
import { wrap } from "@spanlight/sdk";
import { asJson, failedCall, type CallFacts } from "../facts.ts";
import type { Recording } from "../recording.ts";
import type { Replayer } from "../replayer.ts";
import { converseFacts, converseStreamFacts, invokeFacts, invokeStreamFacts } from "./bedrock-facts.ts";

/** Bedrock's Converse and InvokeModel, through the real AWS client with its HTTP handler replaced. */
export const bedrockReplayers: readonly Replayer[] = [
  { name: "@aws-sdk/client-bedrock-runtime 3", accepts, facts: factsOf, replay },
];

const converseEvents = ["messageStart", "contentBlockStart", "contentBlockDelta", "messageStop", "metadata"];

function accepts({ answer, url }: Recording): boolean {
  if (url !== "") return /\/model\/[^/]+\/(invoke|converse)/.test(url);
  if (answer.kind === "events") return converseEvents.some((name) => name in asJson(answer.events[0]));
  return answer.kind === "body" && "message" in asJson(asJson(answer.body)["output"]);
}

function factsOf({ answer, url, headers }: Recording): CallFacts {
  if (answer.kind === "events") return converseStreamFacts(answer.events);
  if (answer.kind === "bytes") return invokeStreamFacts(answer.bytes);
  if (url.includes("/invoke")) return invokeFacts(answer.body, headers);
  return answer.kind === "body" ? converseFacts(answer.body) : failedCall;
}

async function replay(recording: Recording): Promise<void> {
  const response = toHttpResponse(recording);
  const client = wrap(
    new BedrockRuntimeClient({
      region: "us-east-1",
      credentials: { accessKeyId: "replay", secretAccessKey: "replay" },
      requestHandler: { handle: () => Promise.resolve({ response }) },
      maxAttempts: 1,
    }),
  );
  const modelId = decodeURIComponent(/\/model\/([^/]+)\//.exec(recording.url)?.[1] ?? "replayed-model");
  await (recording.url.includes("/invoke")
    ? invoke(client, modelId, recording)
    : converse(client, modelId, recording));
}

async function converse(client: BedrockRuntimeClient, modelId: string, { answer }: Recording): Promise<void> {
  const input = { modelId, messages: [{ role: "user" as const, content: [{ text: "replay" }] }] };
  if (answer.kind !== "events") {
    await client.send(new ConverseCommand(input));
    return;
  }
  const { stream = [] } = await client.send(new ConverseStreamCommand(input));
  for await (const _ of stream);
}

async function invoke(client: BedrockRuntimeClient, modelId: string, recording: Recording): Promise<void> {
  const input = { modelId, body: JSON.stringify(recording.request) };
  if (!recording.url.includes("response-stream")) {
    await client.send(new InvokeModelCommand(input));
    return;
  }
  const { body = [] } = await client.send(new InvokeModelWithResponseStreamCommand(input));
  for await (const _ of body);
}

function toHttpResponse({ answer, status, headers }: Recording): HttpResponse {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-amzn-")));
  const type = answer.kind === "body" ? "application/json" : "application/vnd.amazon.eventstream";
  return new HttpResponse({
    statusCode: status ?? 200,
    headers: { ...kept, "content-type": type },
    body: Readable.from([toBytes(answer)]),
  });
}

function toBytes(answer: Recording["answer"]): Buffer {
  if (answer.kind === "bytes") return answer.bytes;
  if (answer.kind === "body") return Buffer.from(JSON.stringify(answer.body));
  const codec = new EventStreamCodec(
    (bytes) => Buffer.from(bytes).toString(),
    (text) => Buffer.from(text),
  );
  const frames = answer.events.flatMap((event) =>
    Object.entries(asJson(event)).map(([name, body]) =>
      codec.encode({
        headers: {
          ":message-type": { type: "string", value: "event" },
          ":event-type": { type: "string", value: name },
          ":content-type": { type: "string", value: "application/json" },
        },
        body: Buffer.from(JSON.stringify(body)),
      }),
    ),
  );
  return Buffer.concat(frames);
}
