import { describe, expect, it } from "vitest";
import { encodeJsonTraces } from "./json-traces.ts";
import { MalformedRequestError } from "./malformed-request-error.ts";
import { encodeJson, encodeProtobuf, type FixtureSpan } from "./otlp.fixture.ts";
import { readEvents, readLinks } from "./read-events.ts";
import { readAttributes, readKeyValues } from "./read-value.ts";
import { walkTraces } from "./walk-traces.ts";

interface Seen {
  resources: unknown[];
  spans: Record<string, unknown>[];
}

function walk(bytes: Buffer): Seen {
  const seen: Seen = { resources: [], spans: [] };
  walkTraces(bytes, {
    resource: (from, start, end) =>
      void seen.resources.push(start < 0 ? null : readKeyValues(from, { start, end, field: 0x0a })),
    scope: () => undefined,
    span: (from, span) =>
      void seen.spans.push({
        traceId: from.toString("hex", span.traceIdStart, span.traceIdStart + span.traceIdLength),
        spanId: from.toString("hex", span.spanIdStart, span.spanIdStart + span.spanIdLength),
        parentSpanId: from.toString("hex", span.parentStart, span.parentStart + span.parentLength),
        name: from.toString("utf8", span.nameStart, span.nameEnd),
        kind: span.kind,
        start: (BigInt(span.startHigh) << 32n) | BigInt(span.startLow),
        end: (BigInt(span.endHigh) << 32n) | BigInt(span.endLow),
        status: span.status,
        statusMessage: from.toString("utf8", span.statusMessageStart, span.statusMessageEnd),
        attributes: readAttributes(from, span.attributes),
        events: readEvents(from, span.events),
        links: readLinks(from, span.links),
      }),
  });
  return seen;
}

const rich: FixtureSpan = {
  parentSpanId: "00f067aa0ba902b7",
  name: "chat gpt-4o ✓",
  kind: 2,
  startMs: 1_763_640_000_123,
  durationMs: 1500,
  status: { code: 2, message: "rate limited" },
  attributes: {
    text: "häuser",
    empty: "",
    yes: true,
    no: false,
    count: 4_294_967_296,
    negative: -5,
    ratio: 0.25,
    list: ["a", "b"],
    numbers: [1, 2.5],
  },
  events: [{ name: "exception", attributes: { "exception.type": "RateLimitError" } }],
  links: [
    { context: { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7", traceFlags: 1 } },
  ],
};

describe("walkTraces", () => {
  it("reads every field of a span that OpenTelemetry's serializer wrote", () => {
    const [span] = walk(encodeProtobuf([rich])).spans;
    expect(span).toEqual({
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      parentSpanId: "00f067aa0ba902b7",
      name: "chat gpt-4o ✓",
      kind: 3,
      start: 1_763_640_000_123_000_000n,
      end: 1_763_640_001_623_000_000n,
      status: 2,
      statusMessage: "rate limited",
      attributes: rich.attributes,
      events: [
        {
          timeNs: "1763640000123000000",
          name: "exception",
          attributes: { "exception.type": "RateLimitError" },
        },
      ],
      links: [{ traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7", attributes: {} }],
    });
  });

  it("reads the same from OTLP/JSON as from protobuf", () => {
    expect(walk(encodeJsonTraces(encodeJson([rich])))).toEqual(walk(encodeProtobuf([rich])));
  });

  it("reads the attributes of the resource", () => {
    const resource = { "service.name": "svc", "process.pid": 12 };
    expect(walk(encodeProtobuf([{ resource }])).resources).toEqual([resource]);
  });

  it("takes an empty body for a request without spans", () => {
    expect(walk(Buffer.alloc(0)).spans).toEqual([]);
  });

  it("throws MalformedRequestError or ends, and never anything else, at every cut and every flipped byte", () => {
    const bytes = encodeProtobuf([rich, rich]);
    let refused = 0;
    const attempt = (damaged: Buffer): void => {
      try {
        walk(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedRequestError);
        refused += 1;
      }
    };
    for (let length = 1; length < bytes.length; length += 1) attempt(bytes.subarray(0, length));
    for (let at = 0; at < bytes.length; at += 1) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= mask;
        attempt(damaged);
      }
    }
    expect(refused).toBeGreaterThan(bytes.length);
  });

  it.each([
    ["a body of zeros", Buffer.alloc(100)],
    ["a span of zeros", Buffer.from([0x0a, 6, 0x12, 4, 0x12, 2, 0, 0])],
    ["bytes of field 0 in a span", Buffer.from([0x0a, 6, 0x12, 4, 0x12, 2, 0x02, 0])],
  ])("refuses %s: no field has the number 0", (_name, bytes) => {
    expect(() => walk(bytes)).toThrow(MalformedRequestError);
  });

  it("refuses text where protobuf is expected", () => {
    expect(() => walk(Buffer.from('{"resourceSpans":[]}'))).toThrow(MalformedRequestError);
  });
});

describe("an attribute", () => {
  const bytesField = (tag: number, ...parts: Buffer[]): Buffer => {
    const content = Buffer.concat(parts);
    return Buffer.concat([Buffer.from([tag]), varint(content.length), content]);
  };
  const varint = (value: number): Buffer => {
    const bytes: number[] = [];
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
    return Buffer.from([...bytes, rest]);
  };
  const key = (text: string): Buffer => bytesField(0x0a, Buffer.from(text));
  const text = (value: string): Buffer => bytesField(0x0a, Buffer.from(value));
  const read = (...keyValue: Buffer[]): unknown => {
    const span = bytesField(0x12, bytesField(0x0a, Buffer.alloc(16, 1)), bytesField(0x4a, ...keyValue));
    const [seen] = walk(bytesField(0x0a, bytesField(0x12, span))).spans;
    return seen?.["attributes"];
  };

  it("is read in the layout that SDKs write, whatever its length", () => {
    for (const length of [0, 1, 100, 124, 125, 126, 127, 128, 300, 16_379, 16_380, 16_384, 70_000]) {
      const value = "v".repeat(length);
      expect(read(key("k"), bytesField(0x12, text(value)))).toEqual({ k: value });
      expect(read(key(`k${value}`), bytesField(0x12, text("x")))).toEqual({ [`k${value}`]: "x" });
    }
    expect(read(key("k"), bytesField(0x12, Buffer.from([0x18, 0x85, 0x01])))).toEqual({ k: 133 });
    const minusOne = Buffer.from([0x18, ...Array.from({ length: 9 }, () => 0xff), 0x01]);
    expect(read(key("k"), bytesField(0x12, minusOne))).toEqual({ k: -1 });
    const half = Buffer.from([0x21, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f]);
    expect(read(key("k"), bytesField(0x12, half))).toEqual({ k: 0.5 });
  });

  it("is read in any other layout that protobuf allows", () => {
    const unknown = Buffer.from([0x78, 0x05]);
    const value = bytesField(0x12, text("v"));
    expect(read(value, key("k"))).toEqual({ k: "v" });
    expect(read(key("k"), value, unknown)).toEqual({ k: "v" });
    expect(read(key("k"), bytesField(0x12, text("v"), unknown))).toEqual({ k: "v" });
    expect(read(key("k"), bytesField(0x12, Buffer.from([0x18, 1]), unknown))).toEqual({ k: 1 });
    expect(read(key("k"), bytesField(0x12, text("first"), text("last")))).toEqual({ k: "last" });
    expect(read(key("k"), bytesField(0x12, text("first")), value)).toEqual({ k: "v" });
    expect(read(key("k"), Buffer.from([0x12, 0x84, 0x00, 0x0a, 0x81, 0x00, 0x76]))).toEqual({ k: "v" });
    expect(read(key("k"), Buffer.from([0x12, 0x00]))).toEqual({ k: null });
  });

  it("whose value does not fill its place is refused", () => {
    expect(() => read(key("k"), Buffer.from([0x12, 0x03, 0x0a, 0x02, 0x76]))).toThrow(MalformedRequestError);
    expect(() => read(key("k"), Buffer.from([0x12, 0x02, 0x18, 0x80]))).toThrow(MalformedRequestError);
    expect(() => read(key("k"), Buffer.from([0x12, 0x02, 0x21, 0x00]))).toThrow(MalformedRequestError);
  });
});

describe("encodeJsonTraces", () => {
  const request = (span: object): Buffer =>
    Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }));

  it("takes 64-bit integers as strings and as numbers, and enums by number and by name", () => {
    const seen = walk(
      encodeJsonTraces(
        request({
          traceId: "0AF7651916CD43DD8448EB211C80319C",
          spanId: "b7ad6b7169203331",
          kind: "SPAN_KIND_CLIENT",
          startTimeUnixNano: "1763640000123456789",
          status: { code: "STATUS_CODE_ERROR" },
          attributes: [
            { key: "a", value: { intValue: "9007199254740993" } },
            { key: "b", value: { intValue: 7 } },
            { key: "c", value: { kvlistValue: { values: [{ key: "d", value: { boolValue: true } }] } } },
            { key: "e", value: { bytesValue: "aGk=" } },
            { key: "f" },
          ],
        }),
      ),
    );
    expect(seen.spans[0]).toMatchObject({
      traceId: "0af7651916cd43dd8448eb211c80319c",
      kind: 3,
      start: 1_763_640_000_123_456_789n,
      status: 2,
      attributes: { a: "9007199254740993", b: 7, c: { d: true }, e: "aGk=", f: null },
    });
  });

  it("names the field that has the wrong type", () => {
    expect(() => encodeJsonTraces(request({ name: 5 }))).toThrow('"name" is not a string');
    expect(() => encodeJsonTraces(request({ startTimeUnixNano: "soon" }))).toThrow(
      '"startTimeUnixNano" is not an integer',
    );
    expect(() => encodeJsonTraces(Buffer.from("[]"))).toThrow(MalformedRequestError);
    expect(() => encodeJsonTraces(Buffer.from("{"))).toThrow(MalformedRequestError);
  });

  it("refuses an integer of more digits than any has, unread", () => {
    const body = Buffer.from(
      JSON.stringify({
        resourceSpans: [{ scopeSpans: [{ spans: [{ startTimeUnixNano: "9".repeat(65) }] }] }],
      }),
    );
    expect(() => encodeJsonTraces(body)).toThrow(MalformedRequestError);
  });

  it("refuses values nested without end", () => {
    let value: object = { stringValue: "deep" };
    for (let level = 0; level < 1000; level += 1) value = { arrayValue: { values: [value] } };
    expect(() => encodeJsonTraces(request({ attributes: [{ key: "k", value }] }))).toThrow(
      MalformedRequestError,
    );
  });
});
