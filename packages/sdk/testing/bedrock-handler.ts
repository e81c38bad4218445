import { Readable } from "node:stream";
import { EventStreamCodec } from "@smithy/core/event-streams";
import { HttpResponse } from "@smithy/core/protocols";

/** Answers a Bedrock client as AWS would: the client's own HTTP handler is replaced, everything above it is real. */
export interface BedrockHandler {
  handle(): Promise<{ response: HttpResponse }>;
}

export function answerJson(body: unknown, { status = 200, headers = {} } = {}): BedrockHandler {
  return handler(Buffer.from(JSON.stringify(body)), status, {
    "content-type": "application/json",
    ...headers,
  });
}

/** Events of ConverseStream (`{ contentBlockDelta: {…} }`), in AWS's binary framing. */
export function answerEvents(events: readonly object[]): BedrockHandler {
  const codec = new EventStreamCodec(
    (bytes) => Buffer.from(bytes).toString(),
    (text) => Buffer.from(text),
  );
  const frames = events.flatMap((event) =>
    Object.entries(event).map(([type, body]) =>
      codec.encode({
        headers: {
          ":message-type": { type: "string", value: "event" },
          ":event-type": { type: "string", value: type },
          ":content-type": { type: "string", value: "application/json" },
        },
        body: Buffer.from(JSON.stringify(body)),
      }),
    ),
  );
  return handler(Buffer.concat(frames), 200, { "content-type": "application/vnd.amazon.eventstream" });
}

/** Events of InvokeModelWithResponseStream: the model's JSON, packed into chunks. */
export function answerChunks(chunks: readonly object[]): BedrockHandler {
  const pack = (chunk: object): object => ({
    chunk: { bytes: Buffer.from(JSON.stringify(chunk)).toString("base64") },
  });
  return answerEvents(chunks.map(pack));
}

function handler(bytes: Buffer, statusCode: number, headers: Record<string, string>): BedrockHandler {
  return {
    handle: () =>
      Promise.resolve({
        response: new HttpResponse({
          statusCode,
          headers: { "x-amzn-requestid": "aws-1", ...headers },
          body: Readable.from([bytes]),
        }),
      }),
  };
}
