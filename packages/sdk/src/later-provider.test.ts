import { context, propagation, trace as traceApi } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import OpenAI from "openai";
import { afterEach, describe, expect, test } from "vitest";
import { completion } from "../testing/openai-answers.ts";
import { createProvider, json } from "../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../testing/recorded-sdk.ts";
import { init, trace, withContext, wrap } from "./index.ts";

const ask = { model: "gpt-4o-mini", messages: [{ role: "user" as const, content: "Hi" }] };
const call = (): Promise<unknown> =>
  wrap(
    new OpenAI({ apiKey: "sk-test", maxRetries: 0, fetch: createProvider(json(completion)).fetch }),
  ).chat.completions.create(ask);

describe("an SDK of OpenTelemetry that starts after ours", () => {
  let recorded: RecordedSdk | undefined;
  afterEach(async () => {
    await recorded?.stop();
    recorded = undefined;
    traceApi.disable();
    context.disable();
    propagation.disable();
  });

  test("gets its provider, context and propagator, and both get every span once", async () => {
    recorded = await startRecordedSdk();
    const early = traceApi.getTracer("instrumentation");
    const exporter = new InMemorySpanExporter();
    const theirs = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    theirs.register();
    await withContext({ userId: "u" }, () =>
      early.startActiveSpan("handler", async (span) => {
        await trace("work", call);
        span.end();
      }),
    );
    const spans = await recorded.flush();
    const names = ["handler", "work", "chat gpt-4o-mini"];
    expect(spans.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    expect(new Set(exporter.getFinishedSpans().map(({ name }) => name))).toEqual(new Set(names));
    expect(exporter.getFinishedSpans()).toHaveLength(3);
    const [handler, work, chat] = names.map((name) => spans.find((span) => span.name === name));
    expect([work?.parentSpanId, chat?.parentSpanId]).toEqual([handler?.spanId, work?.spanId]);
    expect(chat?.attributes["user.id"]).toBe("u");
    expect(propagation.fields()).toContain("traceparent");
  });

  test("keeps all of it after our shutdown", async () => {
    const first = await startRecordedSdk();
    const exporter = new InMemorySpanExporter();
    new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
    await first.stop();
    traceApi.getTracer("app").startActiveSpan("later", (span) => {
      expect(traceApi.getActiveSpan()).toBe(span);
      span.end();
    });
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(["later"]);
    expect(first.receiver.spans()).toEqual([]);
  });

  test("that sends OTLP by itself has our spans alone, where nobody named a destination of ours", async () => {
    const sdk = init({ service: "test", flushOnExit: false });
    try {
      const exporter = new InMemorySpanExporter();
      const unused = new OTLPTraceExporter({ url: "http://127.0.0.1:9/v1/traces", timeoutMillis: 1 });
      traceApi.setGlobalTracerProvider(
        new BasicTracerProvider({
          sampler: { shouldSample: () => ({ decision: 2 }), toString: () => "all" },
          spanProcessors: [new SimpleSpanProcessor(exporter), new BatchSpanProcessor(unused)],
        }),
      );
      await call();
      await sdk.forceFlush();
      expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(["chat gpt-4o-mini"]);
      expect(sdk.counts).toEqual({ exported: 0, dropped: 0, failed: 0, rejected: 0 });
    } finally {
      await sdk.shutdown();
    }
  });

  test("and takes no processor, as Sentry's of version 11, has its spans, and we have ours in its traces", async () => {
    recorded = await startRecordedSdk();
    const exporter = new InMemorySpanExporter();
    const inner = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    traceApi.setGlobalTracerProvider({ getTracer: (name, version) => inner.getTracer(name, version) });
    await traceApi.getTracer("app").startActiveSpan("handler", async (span) => {
      await call();
      span.end();
    });
    const [chat] = await recorded.flush();
    const [handler] = exporter.getFinishedSpans();
    expect(exporter.getFinishedSpans()).toHaveLength(1);
    expect(chat).toMatchObject({ name: "chat gpt-4o-mini", parentSpanId: handler?.spanContext().spanId });
  });
});
