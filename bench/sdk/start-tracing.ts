import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

interface Tracing {
  readonly provider: NodeTracerProvider;
  readonly flush: () => Promise<void>;
}

/** OpenTelemetry's SDK as its documentation sets it up: batches, OTLP in protobuf, context by AsyncLocalStorage. */
export function startTracing(endpoint: string): Tracing {
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces` });
  const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
  provider.register();
  return { provider, flush: () => provider.forceFlush() };
}
