import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { describe, expect, test } from "vitest";
import { decodeTraceRequest } from "../../testing/decode-trace-request.ts";
import { putAttributes, type AttributeTarget } from "../tracing/attribute-target.ts";
import type { FinishedSpan } from "../tracing/finished-span.ts";
import { SpanBatch } from "./span-batch.ts";

const span: FinishedSpan = {
  scope: { name: "scope", version: "1.2.3" },
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  parentSpanId: "00f067aa0ba902b7",
  parentIsRemote: true,
  traceState: "vendor=1",
  traceFlags: 1,
  name: "naïve 名前",
  kind: SpanKind.CLIENT,
  startNs: 1_795_230_815_016_901_855n,
  endNs: 1_795_230_815_030_981_982n,
  attributes: {},
  events: [],
  links: [],
  status: { code: SpanStatusCode.UNSET },
  droppedAttributes: 0,
  droppedEvents: 0,
  droppedLinks: 0,
};

const roundTrip = (...spans: FinishedSpan[]): ReturnType<typeof decodeTraceRequest> => {
  const batch = new SpanBatch({ "service.name": "encoder", "process.pid": 42 });
  for (const one of spans) batch.add(one);
  return decodeTraceRequest(batch.seal().body);
};

describe("the encoder", () => {
  test("keeps every field of a span", () => {
    const { resource, spans } = roundTrip({
      ...span,
      events: [{ name: "event", timeNs: 7n, attributes: { a: 1 } }],
      links: [
        {
          traceId: span.traceId,
          spanId: span.spanId,
          traceState: "x=1",
          traceFlags: 1,
          attributes: { b: "2" },
        },
      ],
      status: { code: SpanStatusCode.ERROR, message: "broken" },
      droppedAttributes: 3,
    });
    expect(resource).toEqual({ "service.name": "encoder", "process.pid": 42 });
    expect(spans).toEqual([
      {
        scope: "scope",
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId,
        traceState: "vendor=1",
        name: span.name,
        kind: 3,
        startNs: span.startNs,
        endNs: span.endNs,
        attributes: {},
        events: [{ name: "event", timeNs: 7n, attributes: { a: 1 } }],
        links: [{ traceId: span.traceId, spanId: span.spanId, attributes: { b: "2" } }],
        status: { code: 2, message: "broken" },
        // Sampled; it is known that the parent is remote.
        flags: 0x301,
        droppedAttributes: 3,
      },
    ]);
  });

  test.each([
    ["text", "héllo"],
    ["empty text", ""],
    ["128 characters", "x".repeat(128)],
    ["20,000 characters", "é".repeat(20_000)],
    ["true", true],
    ["false", false],
    ["zero", 0],
    ["a large integer", 2 ** 53 - 1],
    ["a negative integer", -1],
    ["a fraction", 0.1],
    ["an integer past 2^53", 2 ** 60],
    ["texts", ["a", "b"]],
    ["numbers", [1, 2.5, -3]],
    ["an empty list", []],
  ])("keeps %s as an attribute", (_what, value) => {
    expect(roundTrip({ ...span, attributes: { key: value } }).spans[0]?.attributes).toEqual({ key: value });
  });

  test("keeps nested values, and leaves out what is not there", () => {
    const attributes = { nested: { list: [{ a: 1 }, null], text: "x" }, gone: undefined } as never;
    expect(roundTrip({ ...span, attributes }).spans[0]?.attributes).toEqual({
      nested: { list: [{ a: 1 }, null], text: "x" },
    });
  });

  test("groups spans by scope, and a batch is empty after it was sealed", () => {
    const other = { ...span, scope: { name: "other", version: "" } };
    expect(roundTrip(span, other, span).spans.map(({ scope }) => scope)).toEqual(["scope", "scope", "other"]);
    const batch = new SpanBatch({});
    batch.add(span);
    expect([batch.count, batch.seal().count, batch.count, batch.sizeBytes]).toEqual([1, 1, 0, 0]);
    batch.add(span);
    expect(decodeTraceRequest(batch.seal().body).spans).toHaveLength(1);
  });

  test("writes attributes that come one by one as it writes those of an object", () => {
    const attributes = {
      short: "gpt-4o-mini",
      "short but not ASCII": "naïve 名前",
      long: "The quick brown fox jumps over the lazy dog. ".repeat(50),
      "long and not ASCII": "名前 ".repeat(200),
      empty: "",
      [`a long key ${"k".repeat(200)}`]: "value",
      zero: 0,
      small: 127,
      large: 2 ** 40 + 1,
      largest: Number.MAX_SAFE_INTEGER,
      negative: -7,
      fraction: 0.25,
      yes: true,
      list: ["stop", "length"],
    };
    const described = {
      ...span,
      writeAttributes: (target: AttributeTarget) => putAttributes(target, attributes),
    };
    expect(roundTrip(described).spans[0]?.attributes).toEqual(attributes);
    expect(roundTrip({ ...span, attributes }).spans[0]?.attributes).toEqual(attributes);
  });

  test("a span that cannot be described is left out, and the others of its request stay whole", () => {
    const batch = new SpanBatch({});
    batch.add({ ...span, name: "before" });
    const broken = {
      ...span,
      writeAttributes(target: AttributeTarget): void {
        target.put("written", "already");
        throw new Error("a content reader fails");
      },
    };
    expect(() => batch.add(broken)).toThrow("a content reader fails");
    batch.add({ ...span, name: "after" });
    const { body, count } = batch.seal();
    expect(count).toBe(2);
    expect(decodeTraceRequest(body).spans.map(({ name }) => name)).toEqual(["before", "after"]);
  });
});
