import { createRandomBits } from "./random.ts";
import { writeAttribute, writeField, writeFixed64Field, writeVarintField } from "./protobuf-writer.ts";
import { writeText } from "./text.ts";

/** One request's bytes, valid until the next call. */
export type NextRequest = () => Buffer;

export interface RequestShape {
  readonly spansPerRequest: number;
  /** Different seeds give different ids and text. */
  readonly seed: number;
}

const spansPerTrace = 4;
/** Prepared layouts; each is sent again and again with new ids, times and text. */
const layoutCount = 24;

/** Runs of these bytes in a prepared request are filled anew for each sending. None of them occurs in text. */
const hole = {
  traceId: 1,
  spanId: 2,
  parentId: 3,
  start: 4,
  end: 5,
  text: 6,
  session: 7,
  responseId: 14,
} as const;
type HoleKind = (typeof hole)[keyof typeof hole];

interface Hole {
  readonly kind: HoleKind;
  readonly offset: number;
  readonly length: number;
}

/**
 * Export requests of OTLP protobuf, about 1,700 bytes a span: 15 attributes, of them 880 bytes of messages. A third
 * of the messages are system prompts that repeat, the rest is text that was not sent before, so that content
 * compresses about 5 : 1 in the order of arrival.
 */
export function prepareRequests(shape: RequestShape): NextRequest {
  const random = createRandomBits(shape.seed);
  const prompts = Array.from({ length: 20 }, (_, index) => writeText(330, 1000 + index).toString("latin1"));
  const text = writeText(32 << 20, shape.seed ^ 0x5bd1e995);
  const layouts = Array.from({ length: layoutCount }, () =>
    createLayout(shape.spansPerRequest, random, prompts),
  );
  const filler = createFiller(random, text);
  let next = 0;
  return () => {
    const layout = layouts[next++ % layouts.length]!;
    filler(layout.bytes, layout.holes);
    return layout.bytes;
  };
}

function createFiller(random: () => number, text: Buffer): (bytes: Buffer, holes: readonly Hole[]) => void {
  let textAt = 0;
  let trace = 0;
  const fill: Record<HoleKind, (bytes: Buffer, at: Hole) => void> = {
    [hole.traceId]: (bytes, { offset }) => {
      if (trace % spansPerTrace === 0) {
        for (let word = 0; word < 4; word++) traceId.writeUInt32LE(random(), word * 4);
      }
      trace += 1;
      traceId.copy(bytes, offset);
    },
    [hole.spanId]: (bytes, { offset }) => {
      bytes.writeUInt32LE(random(), offset);
      bytes.writeUInt32LE(random(), offset + 4);
    },
    // Below a span that is not among these, one for each trace: a model call below a model call repeats its total.
    [hole.parentId]: (bytes, { offset }) => void traceId.copy(bytes, offset, 8, 16),
    [hole.start]: (bytes, { offset }) => {
      startNs = BigInt(Date.now()) * 1_000_000n - BigInt(random() % 3_000_000_000);
      bytes.writeBigUInt64LE(startNs, offset);
    },
    [hole.end]: (bytes, { offset }) =>
      void bytes.writeBigUInt64LE(startNs + BigInt(random() % 3_000_000_000), offset),
    [hole.text]: (bytes, { offset, length }) => {
      if (textAt + length > text.length) textAt = random() % 4096;
      text.copy(bytes, offset, textAt, textAt + length);
      textAt += length;
    },
    [hole.session]: (bytes, { offset, length }) => {
      const session = (Math.floor(trace / (spansPerTrace * 5)) ^ sessionSalt) >>> 0;
      bytes.write(session.toString(16).padStart(length, "0"), offset, "latin1");
    },
    [hole.responseId]: (bytes, { offset, length }) => {
      const word =
        random().toString(36) + random().toString(36) + random().toString(36) + random().toString(36);
      bytes.write(word.padEnd(length, "A").slice(0, length), offset, "latin1");
    },
  };
  const traceId = Buffer.alloc(16);
  const sessionSalt = random();
  let startNs = 0n;
  return (bytes, holes) => {
    for (const at of holes) fill[at.kind](bytes, at);
  };
}

interface Layout {
  readonly bytes: Buffer;
  readonly holes: readonly Hole[];
}

function createLayout(spans: number, random: () => number, prompts: readonly string[]): Layout {
  const resource = writeField(
    1,
    Buffer.concat([
      writeAttribute(1, "service.name", services[random() % services.length]!),
      writeAttribute(1, "service.version", "3.14.1"),
      writeAttribute(1, "deployment.environment.name", "production"),
      writeAttribute(1, "telemetry.sdk.language", "nodejs"),
    ]),
  );
  const scope = writeField(1, Buffer.concat([writeField(1, "bench.llm"), writeField(2, "1.0.0")]));
  const list = Array.from({ length: spans }, (_, index) => writeField(2, writeSpan(index, random, prompts)));
  const bytes = writeField(1, Buffer.concat([resource, writeField(2, Buffer.concat([scope, ...list]))]));
  return { bytes, holes: findHoles(bytes) };
}

const services = ["checkout-assistant", "support-bot", "search-rewriter", "claims-agent"];
const models = [
  ["openai", "gpt-4o", "gpt-4o-2024-08-06"],
  ["openai", "gpt-4o-mini", "gpt-4o-mini-2024-07-18"],
  ["openai", "gpt-4.1", "gpt-4.1-2025-04-14"],
  ["anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929"],
] as const;

function writeSpan(index: number, random: () => number, prompts: readonly string[]): Buffer {
  const [provider, model, answeredBy] = models[random() % models.length]!;
  const isRoot = index % spansPerTrace === 0;
  const inputTokens = 200 + (random() % 3000);
  const attribute = (key: string, value: string | number | string[] | Buffer): Buffer =>
    writeAttribute(9, key, value);
  return Buffer.concat([
    writeField(1, createHole(hole.traceId, 16)),
    writeField(2, createHole(hole.spanId, 8)),
    ...(isRoot ? [] : [writeField(4, createHole(hole.parentId, 8))]),
    writeField(5, `chat ${model}`),
    writeVarintField(6, 3),
    markFixed64(7, hole.start),
    markFixed64(8, hole.end),
    attribute("gen_ai.operation.name", "chat"),
    attribute("gen_ai.provider.name", provider),
    attribute("gen_ai.request.model", model),
    attribute("gen_ai.response.model", answeredBy),
    attribute(
      "gen_ai.response.id",
      Buffer.concat([Buffer.from("chatcmpl-"), createHole(hole.responseId, 24)]),
    ),
    attribute("gen_ai.response.finish_reasons", ["stop"]),
    attribute("gen_ai.usage.input_tokens", inputTokens),
    attribute("gen_ai.usage.output_tokens", 20 + (random() % 500)),
    attribute("gen_ai.usage.cache_read.input_tokens", inputTokens > 1200 ? 1024 : 0),
    attribute("gen_ai.response.time_to_first_chunk", 0.1 + (random() % 1000) / 1009),
    attribute("gen_ai.request.temperature", 0.2 + (random() % 7) / 10.5),
    attribute("session.id", createHole(hole.session, 16)),
    attribute("user.id", `user-${random() % 1000}`),
    attribute(
      "gen_ai.input.messages",
      writeInput(prompts[random() % prompts.length]!, 180 + (random() % 120)),
    ),
    attribute("gen_ai.output.messages", writeOutput(220 + (random() % 120))),
  ]);
}

function writeInput(prompt: string, bytes: number): Buffer {
  return Buffer.concat([
    Buffer.from(`[{"role":"system","parts":[{"type":"text","content":"${prompt}"}]},`),
    Buffer.from(`{"role":"user","parts":[{"type":"text","content":"`),
    createHole(hole.text, bytes),
    Buffer.from(`"}]}]`),
  ]);
}

function writeOutput(bytes: number): Buffer {
  return Buffer.concat([
    Buffer.from(`[{"role":"assistant","parts":[{"type":"text","content":"`),
    createHole(hole.text, bytes),
    Buffer.from(`"}],"finish_reason":"stop"}]`),
  ]);
}

function createHole(kind: HoleKind, length: number): Buffer {
  return Buffer.alloc(length, kind);
}

function markFixed64(field: number, kind: HoleKind): Buffer {
  return writeFixed64Field(field, createHole(kind, 8).readBigUInt64LE());
}

const holeKinds = new Set<number>(Object.values(hole));

/** Finds the runs of at least eight equal hole bytes; shorter ones are lengths and tags. */
function findHoles(bytes: Buffer): Hole[] {
  const holes: Hole[] = [];
  let start = 0;
  for (let at = 1; at <= bytes.length; at++) {
    if (at < bytes.length && bytes[at] === bytes[start]) continue;
    const kind = bytes[start]!;
    if (at - start >= 8 && holeKinds.has(kind)) {
      // The set above holds exactly the kinds.
      holes.push({ kind: kind as HoleKind, offset: start, length: at - start });
    }
    start = at;
  }
  return holes;
}
