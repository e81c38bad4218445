import type { TracerProvider } from "@opentelemetry/api";
import type OpenAI from "openai";

/** One way to watch a client, or none. */
export interface Variant {
  /** Starts it, then takes the client from `load`, and returns the one to use. */
  start(load: () => Client, endpoint: string): Client;
  /** Sends everything that waits. */
  flush(): Promise<void>;
}

/** The class, for those who patch classes, and a client of it. */
export interface Client {
  readonly OpenAI: typeof OpenAI;
  readonly client: OpenAI;
}

export const peers = ["langfuse", "traceloop", "openlit", "opentelemetry"] as const;
export type Peer = (typeof peers)[number];
export type VariantName = Peer | "bare" | "spanlight";
export const variantNames: readonly VariantName[] = ["bare", "spanlight", ...peers];

/** Each variant is loaded in a process of its own: nothing of the others is in it. */
export const variants: Readonly<Record<VariantName, () => Promise<Variant>>> = {
  bare: () => Promise.resolve({ start: (load) => load(), flush: () => Promise.resolve() }),
  spanlight: loadSpanlight,
  langfuse: loadLangfuse,
  traceloop: loadTraceloop,
  openlit: loadOpenLit,
  opentelemetry: loadOpenTelemetry,
};

async function loadSpanlight(): Promise<Variant> {
  const { forceFlush, init, wrap } = await import("@spanlight/sdk");
  return {
    start(load, endpoint) {
      init({ service: "bench", endpoint, captureContent: true });
      const { OpenAI, client } = load();
      return { OpenAI, client: wrap(client) };
    },
    flush: () => forceFlush(30_000),
  };
}

/** Langfuse's proxy around the client, its processor over the exporter that all peers have here. */
async function loadLangfuse(): Promise<Variant> {
  const { observeOpenAI } = await import("@langfuse/openai");
  const { LangfuseSpanProcessor } = await import("@langfuse/otel");
  const { NodeTracerProvider } = await import("@opentelemetry/sdk-trace-node");
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-proto");
  let provider: InstanceType<typeof NodeTracerProvider> | undefined;
  return {
    start(load, endpoint) {
      const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces` });
      const processor = new LangfuseSpanProcessor({ exporter, publicKey: "pk", secretKey: "sk" });
      provider = new NodeTracerProvider({ spanProcessors: [processor] });
      provider.register();
      const { OpenAI, client } = load();
      return { OpenAI, client: observeOpenAI(client) };
    },
    flush: async () => provider?.forceFlush(),
  };
}

/** Traceloop's instrumentation by itself, without the processors its own SDK puts on every span. */
async function loadTraceloop(): Promise<Variant> {
  const { OpenAIInstrumentation } = await import("@traceloop/instrumentation-openai");
  const { startTracing } = await import("./start-tracing.ts");
  let flush = (): Promise<void> => Promise.resolve();
  return {
    start(load, endpoint) {
      const tracing = startTracing(endpoint);
      flush = tracing.flush;
      const instrumentation = new OpenAIInstrumentation({ traceContent: true });
      instrumentation.setTracerProvider(tracing.provider);
      const loaded = load();
      instrumentation.manuallyInstrument(loaded.OpenAI);
      return loaded;
    },
    flush: () => flush(),
  };
}

/** OpenLIT with its own exporter; content on its spans, no events and no metrics beside them. */
async function loadOpenLit(): Promise<Variant> {
  const { default: openlit } = await import("openlit");
  const { trace } = await import("@opentelemetry/api");
  return {
    start(load, endpoint) {
      const loaded = load();
      openlit.init({
        applicationName: "bench",
        environment: "bench",
        otlpEndpoint: endpoint,
        captureMessageContent: true,
        disableEvents: true,
        disableMetrics: true,
        pricingJson: {},
        instrumentations: { openai: loaded.OpenAI },
      });
      return loaded;
    },
    async flush() {
      const delegate = (trace.getTracerProvider() as { getDelegate?(): TracerProvider }).getDelegate?.();
      await (delegate as { forceFlush?(): Promise<void> } | undefined)?.forceFlush?.();
    },
  };
}

/** OpenTelemetry's own: content goes out as log records, so there is a log exporter too; no metrics. */
async function loadOpenTelemetry(): Promise<Variant> {
  const { OpenAIInstrumentation } = await import("@opentelemetry/instrumentation-openai");
  const { registerInstrumentations } = await import("@opentelemetry/instrumentation");
  const { BatchLogRecordProcessor, LoggerProvider } = await import("@opentelemetry/sdk-logs");
  const { OTLPLogExporter } = await import("@opentelemetry/exporter-logs-otlp-proto");
  const { startTracing } = await import("./start-tracing.ts");
  let flush = (): Promise<void> => Promise.resolve();
  return {
    start(load, endpoint) {
      const tracing = startTracing(endpoint);
      const exporter = new OTLPLogExporter({ url: `${endpoint}/v1/logs` });
      const loggers = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] });
      flush = async () => {
        await Promise.all([tracing.flush(), loggers.forceFlush()]);
      };
      const instrumentation = new OpenAIInstrumentation({ captureMessageContent: true });
      registerInstrumentations({
        tracerProvider: tracing.provider,
        loggerProvider: loggers,
        instrumentations: [instrumentation],
      });
      // Hooks `require`: the client is loaded after it.
      return load();
    },
    flush: () => flush(),
  };
}
