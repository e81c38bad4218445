import { context, trace as traceApi } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import OpenAI from "openai";
import { afterEach, describe, expect, test } from "vitest";
import { chatChunks, completion } from "../testing/openai-answers.ts";
import { startOtlpReceiver } from "../testing/otlp-receiver.ts";
import { createProvider, events, json } from "../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../testing/recorded-sdk.ts";
import { langfuse } from "./destinations/presets.ts";
import { init, tool, trace, withContext, wrap } from "./index.ts";

const ask = { model: "gpt-4o-mini", messages: [{ role: "user" as const, content: "Hi" }] };
const connect = (...answers: Parameters<typeof createProvider>): OpenAI =>
  wrap(new OpenAI({ apiKey: "sk-test", maxRetries: 0, fetch: createProvider(...answers).fetch }));

let recorded: RecordedSdk | undefined;
afterEach(async () => {
  await recorded?.stop();
  recorded = undefined;
  traceApi.disable();
  context.disable();
});

describe("beside an application's own provider", () => {
  test("every span reaches its exporter and our endpoint, with the same ids and its own times", async () => {
    const exporter = new InMemorySpanExporter();
    traceApi.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    );
    recorded = await startRecordedSdk({ captureContent: true });
    const client = connect(events(chatChunks));
    const stream = await trace("request", () => client.chat.completions.create({ ...ask, stream: true }));
    for await (const _ of stream);
    const ours = await recorded.flush();
    const theirs = exporter.getFinishedSpans();
    const idsOf = (name: string): unknown[] => [
      theirs.find((span) => span.name === name)?.spanContext().spanId,
      ours.find((span) => span.name === name)?.spanId,
    ];
    expect(ours).toHaveLength(2);
    for (const name of ["request", "chat gpt-4o-mini"]) expect(new Set(idsOf(name)).size, name).toBe(1);
    const request = ours.find(({ name }) => name === "request");
    const call = ours.find(({ name }) => name === "chat gpt-4o-mini");
    expect(call?.parentSpanId).toBe(request?.spanId);
    expect(call?.attributes).toMatchObject({
      "gen_ai.usage.output_tokens": 40,
      "app.stream.end": "completed",
    });
    expect(call?.attributes["gen_ai.output.messages"]).toContain("Paris.");
    expect(theirs.find(({ name }) => name === "chat gpt-4o-mini")?.startTime[0]).toBeGreaterThan(
      1_700_000_000,
    );
    expect(recorded.receiver.traceRequests()[0]?.resource["service.name"]).toBe("test");
  });

  test("a NodeSDK's provider keeps its context manager, its exporter and itself after our shutdown", async () => {
    const theirReceiver = await startOtlpReceiver();
    const otlp = new OTLPTraceExporter({ url: `${theirReceiver.url}/v1/traces` });
    const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(otlp)] });
    provider.register();
    try {
      recorded = await startRecordedSdk();
      await withContext({ userId: "u-1" }, () =>
        traceApi.getTracer("http").startActiveSpan("GET /", async (span) => {
          await connect(json(completion)).chat.completions.create(ask);
          span.end();
        }),
      );
      const ours = await recorded.flush();
      // Two clocks: which of the two began first is not for them to say to the microsecond.
      const users = Object.fromEntries(ours.map(({ name, attributes }) => [name, attributes["user.id"]]));
      expect(users).toEqual({ "GET /": "u-1", "chat gpt-4o-mini": "u-1" });
      await provider.forceFlush();
      expect(theirReceiver.spans()).toHaveLength(2);
      await recorded.sdk.shutdown();
      traceApi.getTracer("http").startSpan("later").end();
      await provider.forceFlush();
      expect(theirReceiver.spans().map(({ name }) => name)).toContain("later");
      expect(recorded.receiver.spans()).toHaveLength(2);
      expect(recorded.sdk.counts.dropped).toBe(0);
    } finally {
      await provider.shutdown();
      await theirReceiver.close();
    }
  });

  test("tool spans that begin in it are shown while they run", async () => {
    traceApi.setGlobalTracerProvider(new BasicTracerProvider());
    const vendor = await startOtlpReceiver();
    const preset = langfuse({ host: vendor.url, publicKey: "pk", secretKey: "sk", eagerToolSpans: true });
    recorded = await startRecordedSdk({ destinations: [preset] });
    await tool({ name: "search", arguments: { q: "a" } }, () => "found");
    await recorded.flush();
    const [begun, ended] = vendor.spans();
    await vendor.close();
    expect(begun?.spanId).toBe(ended?.spanId);
    expect(begun?.endNs).toBe(begun?.startNs);
    expect(ended?.endNs).toBeGreaterThanOrEqual(ended?.startNs ?? 0n);
  });

  test("a provider that sends OTLP by the same variables is not given a second way there", async () => {
    const receiver = await startOtlpReceiver();
    const otlp = new OTLPTraceExporter({ url: `${receiver.url}/v1/traces` });
    const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(otlp)] });
    provider.register();
    const sdk = init({ service: "test", flushOnExit: false });
    try {
      trace("once", () => undefined);
      await sdk.forceFlush();
      await provider.forceFlush();
      expect(receiver.spans()).toHaveLength(1);
      expect(sdk.counts).toMatchObject({ exported: 0, failed: 0 });
    } finally {
      await sdk.shutdown();
      await provider.shutdown();
      await receiver.close();
    }
  });

  test("beside one that samples and has processors alone, as Sentry's does, what it keeps arrives", async () => {
    const seen: string[] = [];
    const sentryLike: SpanProcessor = {
      onStart: () => undefined,
      onEnd: (span) => void seen.push(span.name),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    };
    traceApi.setGlobalTracerProvider(
      new BasicTracerProvider({
        spanProcessors: [sentryLike],
        sampler: {
          // 2 keeps a span, 0 does not record it.
          shouldSample: (_context, _traceId, name) => ({ decision: name === "health" ? 0 : 2 }),
        },
      }),
    );
    recorded = await startRecordedSdk();
    trace("health", () => undefined);
    trace("checkout", () => undefined);
    expect((await recorded.flush()).map(({ name }) => name)).toEqual(["checkout"]);
    expect(seen).toEqual(["checkout"]);
  });

  test("beside one that takes no processor, as Sentry's of version 11, our spans are complete in its traces", async () => {
    const theirs = new BasicTracerProvider({
      // It keeps one trace in five, say, and this is none of them: 0 does not record.
      sampler: { shouldSample: () => ({ decision: 0 }) },
    });
    const tracer = theirs.getTracer("theirs");
    traceApi.setGlobalTracerProvider({ getTracer: () => tracer });
    recorded = await startRecordedSdk();
    const seen = await tracer.startActiveSpan("GET /", async (span) => {
      await trace("answer", () => connect(json(completion)).chat.completions.create(ask));
      const child = tracer.startSpan("SELECT");
      child.end();
      span.end();
      return span.spanContext();
    });
    const [answer, call] = await recorded.flush();
    expect([answer?.name, call?.name]).toEqual(["answer", "chat gpt-4o-mini"]);
    expect([answer?.traceId, call?.traceId]).toEqual([seen.traceId, seen.traceId]);
    expect(answer?.parentSpanId).toBe(seen.spanId);
    expect(call?.parentSpanId).toBe(answer?.spanId);
    expect(recorded.receiver.spans()).toHaveLength(2);
  });

  test("and our sampler decides there, once for a trace", async () => {
    const tracer = new BasicTracerProvider().getTracer("theirs");
    traceApi.setGlobalTracerProvider({ getTracer: () => tracer });
    process.env["OTEL_TRACES_SAMPLER"] = "always_off";
    try {
      recorded = await startRecordedSdk();
    } finally {
      delete process.env["OTEL_TRACES_SAMPLER"];
    }
    tracer.startActiveSpan("GET /", () => trace("answer", (span) => expect(span.isRecording()).toBe(false)));
    expect(await recorded.flush()).toEqual([]);
  });

  test('exportBesideProvider: "isolated" keeps every call where the provider keeps one trace in five', async () => {
    const exporter = new InMemorySpanExporter();
    const sampler = { shouldSample: () => ({ decision: 0 }) };
    traceApi.setGlobalTracerProvider(
      new BasicTracerProvider({ sampler, spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    );
    recorded = await startRecordedSdk({ exportBesideProvider: "isolated" });
    const client = connect(json(completion));
    await traceApi.getTracer("http").startActiveSpan("GET /", async (span) => {
      await client.chat.completions.create(ask);
      span.end();
    });
    expect((await recorded.flush()).map(({ name }) => name)).toEqual(["chat gpt-4o-mini"]);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  test("exportBesideProvider: false leaves the spans to the application's provider", async () => {
    traceApi.setGlobalTracerProvider(new BasicTracerProvider());
    recorded = await startRecordedSdk({ exportBesideProvider: false });
    trace("theirs", () => undefined);
    expect(await recorded.flush()).toEqual([]);
  });
});
