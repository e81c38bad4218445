import { createRandom } from "./random.ts";

/** An export request and the number by which its spans are found again. */
export interface NumberedRequest {
  readonly number: number;
  readonly bytes: Buffer;
}

export const spansPerRequest = 150;
/** Tokens of every span, so that sums can be foretold. */
export const inputTokens = 100;
export const outputTokens = 20;

const words =
  "account answer battery carrier delivery estimate freight gather handle invoice jacket kayak ledger market".split(
    " ",
  );

/**
 * Request `number`: 150 chat spans in traces of three, below spans that somebody else exports: a model call below a
 * model call would count as a repeated total. The first four bytes of every span id are the request's number
 * (big-endian), the next four the place of the span in it, and the content names both.
 */
export function createRequest(number: number, seed: number): NumberedRequest {
  const random = createRandom(seed ^ Math.imul(number + 1, 0x9e3779b1));
  const spans = Array.from({ length: spansPerRequest }, (_, place) =>
    message(2, writeSpan(number, place, random)),
  );
  const resource = message(1, attribute(1, "service.name", text(`kill-test-${number % 3}`)));
  const bytes = message(1, Buffer.concat([resource, message(2, Buffer.concat(spans))]));
  return { number, bytes };
}

/** What the input message of a span says; checked in the store. */
export function writeQuestion(number: number, place: number): string {
  return `question ${number}/${place}`;
}

function writeSpan(number: number, place: number, random: () => number): Buffer {
  const traceId = Buffer.alloc(16);
  traceId.writeUInt32BE(number, 0);
  traceId.writeUInt32BE(Math.floor(place / 3), 4);
  traceId.writeUInt32BE(0x5f5f5f5f, 8);
  const spanId = toSpanId(number, place);
  const startNs = BigInt(Date.now()) * 1_000_000n;
  const story = Array.from({ length: 60 }, () => words[Math.floor(random() * words.length)]).join(" ");
  return Buffer.concat([
    message(1, traceId),
    message(2, spanId),
    message(4, toSpanId(number, spansPerRequest + 1)),
    message(5, Buffer.from("chat gpt-4o")),
    Buffer.from([6 * 8, 3]),
    fixed64(7, startNs),
    fixed64(8, startNs + BigInt(Math.floor(random() * 2e9))),
    attribute(9, "gen_ai.operation.name", text("chat")),
    attribute(9, "gen_ai.provider.name", text("openai")),
    attribute(9, "gen_ai.request.model", text("gpt-4o")),
    attribute(9, "gen_ai.usage.input_tokens", whole(inputTokens)),
    attribute(9, "gen_ai.usage.output_tokens", whole(outputTokens)),
    attribute(
      9,
      "gen_ai.input.messages",
      text(toMessages("user", `${writeQuestion(number, place)} ${story}`)),
    ),
    attribute(9, "gen_ai.output.messages", text(toMessages("assistant", story))),
  ]);
}

function toSpanId(number: number, place: number): Buffer {
  const id = Buffer.alloc(8);
  id.writeUInt32BE(number, 0);
  id.writeUInt32BE(place + 1, 4);
  return id;
}

function toMessages(role: string, content: string): string {
  return JSON.stringify([{ role, parts: [{ type: "text", content }] }]);
}

function attribute(field: number, key: string, value: Buffer): Buffer {
  return message(field, Buffer.concat([message(1, Buffer.from(key)), message(2, value)]));
}

function text(value: string): Buffer {
  return message(1, Buffer.from(value));
}

function whole(value: number): Buffer {
  return Buffer.concat([Buffer.from([3 * 8]), varint(value)]);
}

function message(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

function fixed64(field: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = field * 8 + 1;
  bytes.writeBigUInt64LE(value, 1);
  return bytes;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
