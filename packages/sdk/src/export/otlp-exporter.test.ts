import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startOtlpReceiver, type OtlpReceiver } from "../../testing/otlp-receiver.ts";
import type { ExportError } from "../errors.ts";
import type { FinishedSpan } from "../tracing/finished-span.ts";
import { createHttpSender, readRetryAfter, type SendResult } from "./http-sender.ts";
import { OtlpExporter, type OtlpExporterOptions } from "./otlp-exporter.ts";
import { SpanBatch } from "./span-batch.ts";

const span: FinishedSpan = {
  scope: { name: "test", version: "" },
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  parentSpanId: "",
  parentIsRemote: false,
  traceState: "",
  traceFlags: 1,
  name: "span",
  kind: 0,
  startNs: 1n,
  endNs: 2n,
  attributes: {},
  events: [],
  links: [],
  status: { code: 0 },
  droppedAttributes: 0,
  droppedEvents: 0,
  droppedLinks: 0,
};

describe("the exporter", () => {
  let receiver: OtlpReceiver;
  let errors: ExportError[];

  const create = (
    overrides: Partial<OtlpExporterOptions<FinishedSpan>> = {},
    target: object = {},
  ): OtlpExporter<FinishedSpan> => {
    const url = `${receiver.url}/v1/traces`;
    return new OtlpExporter({
      destination: "otlp",
      signal: "traces",
      sender: createHttpSender({
        url,
        headers: { "x-key": "secret" },
        compression: "none",
        timeoutMs: 5000,
        tls: { ca: undefined, cert: undefined, key: undefined },
        ...target,
      }),
      url,
      batch: new SpanBatch({ "service.name": "exporter" }),
      limits: { maxQueueSize: 100, maxBatchSize: 10, scheduleDelayMs: 60_000 },
      retry: { initialDelayMs: 1, maxDelayMs: 2, maxAttempts: 3 },
      onError: (error) => errors.push(error),
      random: () => 0.5,
      ...overrides,
    });
  };

  beforeEach(async () => {
    receiver = await startOtlpReceiver();
    errors = [];
  });
  afterEach(() => receiver.close());

  test("sends what it was given, with its headers, as OTLP protobuf", async () => {
    const exporter = create();
    exporter.onEnd(span);
    exporter.onEnd({ ...span, name: "second" });
    await exporter.shutdown(5000);
    expect(receiver.requests).toHaveLength(1);
    expect(receiver.requests[0]).toMatchObject({
      path: "/v1/traces",
      headers: { "content-type": "application/x-protobuf", "x-key": "secret" },
    });
    expect(receiver.spans().map(({ name }) => name)).toEqual(["span", "second"]);
    expect(exporter.counts).toEqual({ exported: 2, dropped: 0, failed: 0, rejected: 0 });
  });

  test("compresses when asked to", async () => {
    const exporter = create({}, { compression: "gzip" });
    exporter.onEnd(span);
    await exporter.shutdown(5000);
    expect(receiver.requests[0]?.headers["content-encoding"]).toBe("gzip");
    expect(receiver.spans()).toHaveLength(1);
  });

  test("sends a full batch without waiting for its timer", async () => {
    const exporter = create();
    for (let index = 0; index < 25; index++) exporter.onEnd(span);
    await exporter.forceFlush(5000);
    expect(receiver.traceRequests().map(({ spans }) => spans.length)).toEqual([10, 10, 5]);
    await exporter.shutdown(5000);
  });

  test.each([429, 502, 503, 504])("tries again after a %i", async (status) => {
    receiver.answerWith({ status, headers: { "retry-after": "0" } }, { status: 200 });
    const exporter = create();
    exporter.onEnd(span);
    await exporter.forceFlush(5000);
    expect(receiver.requests).toHaveLength(2);
    expect(exporter.counts).toMatchObject({ exported: 1, failed: 0 });
    expect(errors).toEqual([]);
    await exporter.shutdown(5000);
  });

  test.each([
    [400, "answered 400"],
    [401, "the key is missing or wrong"],
    [404, "no OTLP endpoint at this path"],
    [413, "too large"],
  ])("gives up at once after a %i and says why", async (status, reason) => {
    receiver.answerWith({ status });
    const exporter = create();
    exporter.onEnd(span);
    await exporter.forceFlush(5000);
    expect(receiver.requests).toHaveLength(1);
    expect(exporter.counts).toMatchObject({ exported: 0, failed: 1 });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ code: "delivery_failed" });
    expect(errors[0]?.message).toContain(reason);
    await exporter.shutdown(5000);
  });

  test("gives up a batch after its last attempt and goes on with the next", async () => {
    receiver.answerWith({ status: 503 }, { status: 503 }, { status: 503 }, { status: 200 });
    const exporter = create();
    for (let index = 0; index < 20; index++) exporter.onEnd(span);
    await exporter.forceFlush(5000);
    expect(exporter.counts).toMatchObject({ exported: 10, failed: 10 });
    await exporter.shutdown(5000);
  });

  test("a server that is not there is tried again, then reported with its cause", async () => {
    await receiver.close();
    const exporter = create();
    exporter.onEnd(span);
    await exporter.forceFlush(5000);
    expect(exporter.counts).toMatchObject({ failed: 1 });
    expect(errors[0]?.message).toContain("could not be reached");
    expect(errors[0]?.cause).toBeInstanceOf(Error);
    await exporter.shutdown(5000);
  });

  test("a full queue drops what is new and counts it", async () => {
    const exporter = create({ limits: { maxQueueSize: 5, maxBatchSize: 10, scheduleDelayMs: 60_000 } });
    for (let index = 0; index < 8; index++) exporter.onEnd(span);
    expect(exporter.counts.dropped).toBe(3);
    expect(errors.map(({ code }) => code)).toEqual(["queue_full"]);
    await exporter.shutdown(5000);
    expect(exporter.counts.exported).toBe(5);
  });

  test("what the server refuses in a partial success is counted apart", async () => {
    // partial_success { rejected_spans: 1, error_message: "no" }
    receiver.answerWith({ status: 200, body: Buffer.from([0x0a, 6, 0x08, 1, 0x12, 2, 0x6e, 0x6f]) });
    const exporter = create();
    exporter.onEnd(span);
    exporter.onEnd(span);
    await exporter.forceFlush(5000);
    expect(exporter.counts).toEqual({ exported: 1, dropped: 0, failed: 0, rejected: 1 });
    expect(errors[0]).toMatchObject({ code: "rejected" });
    expect(errors[0]?.message).toContain("refused 1 spans: no");
    await exporter.shutdown(5000);
  });

  test("a listener that throws does not stop the export", async () => {
    receiver.answerWith({ status: 400 }, { status: 200 });
    const exporter = create({
      onError: () => {
        throw new Error("listener");
      },
    });
    exporter.onEnd(span);
    await exporter.forceFlush(5000);
    exporter.onEnd(span);
    await exporter.shutdown(5000);
    expect(exporter.counts).toMatchObject({ exported: 1, failed: 1 });
  });

  test("a span that cannot be encoded is counted and told, and throws into nobody's code", async () => {
    const exporter = create();
    const hostile = Object.defineProperty({}, "x", {
      enumerable: true,
      get: () => {
        throw new Error("no value");
      },
    });
    exporter.onEnd({ ...span, attributes: { hostile: hostile as never } });
    exporter.onEnd(span);
    await exporter.shutdown(5000);
    expect(receiver.spans()).toHaveLength(1);
    expect(exporter.counts).toMatchObject({ exported: 1, failed: 1 });
    expect(errors[0]?.message).toContain("one of the spans cannot be encoded: no value");
  });

  test("after its shutdown it takes nothing more", async () => {
    const exporter = create();
    await exporter.shutdown(5000);
    exporter.onEnd(span);
    exporter.onEnd(span);
    expect(exporter.counts.dropped).toBe(2);
    expect(receiver.requests).toEqual([]);
    expect(errors).toMatchObject([{ code: "shut_down", destination: "otlp", signal: "traces" }]);
    expect(errors[0]?.message).toContain("after shutdown()");
  });

  test("Retry-After is seconds or a date", () => {
    const now = (): number => Date.parse("Sat, 21 Nov 2026 00:00:00 GMT");
    expect(readRetryAfter("3", now)).toBe(3000);
    expect(readRetryAfter("Sat, 21 Nov 2026 00:00:05 GMT", now)).toBe(5000);
    expect(readRetryAfter("Fri, 20 Nov 2026 00:00:00 GMT", now)).toBe(0);
    expect(readRetryAfter("soon", now)).toBeUndefined();
    expect(readRetryAfter(undefined, now)).toBeUndefined();
  });

  test("what a shutdown gave up while it was on its way is counted once, whatever the answer", async () => {
    for (const state of ["unreachable", "answered"] as const) {
      let answer: (result: SendResult) => void = () => undefined;
      const send = (): Promise<SendResult> => new Promise((resolve) => void (answer = resolve));
      const exporter = create({ sender: { send, close: () => undefined } });
      exporter.onEnd(span);
      await exporter.shutdown(1);
      answer(
        state === "answered"
          ? { state, status: 200, retryAfterMs: undefined, body: Buffer.alloc(0) }
          : { state, error: new Error("socket closed") },
      );
      await exporter.forceFlush(1000);
      expect(exporter.counts).toMatchObject({ exported: 0, failed: 1 });
    }
    expect(errors).toHaveLength(2);
  });
});
