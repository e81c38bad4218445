// Requests as third parties encode them: OpenTelemetry's JavaScript SDK and its serializers, and its exporter for Prometheus' own shapes.
import type { Attributes } from "@opentelemetry/api";
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
} from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  type InMemoryLogRecordExporter as Exporter,
  InMemoryLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor,
} from "@opentelemetry/sdk-logs";
import type { LogRecord } from "@opentelemetry/api-logs";
import {
  AggregationTemporality,
  AggregationType,
  MeterProvider,
  MetricReader,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";

type LogRecords = ReturnType<Exporter["getFinishedLogRecords"]>;

/** Log records as the SDK's logger makes them. */
export function emitLogs(
  records: readonly LogRecord[],
  resource: Attributes = { "service.name": "support-bot" },
): LogRecords {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({
    resource: resourceFromAttributes(resource),
    processors: [new SimpleLogRecordProcessor({ exporter })],
  });
  const logger = provider.getLogger("fixture", "1.2.3");
  for (const record of records) logger.emit(record);
  return exporter.getFinishedLogRecords();
}

export function encodeLogs(records: readonly LogRecord[], resource?: Attributes): Buffer {
  return Buffer.from(ProtobufLogsSerializer.serializeRequest(emitLogs(records, resource)) ?? []);
}

export function encodeLogsJson(records: readonly LogRecord[], resource?: Attributes): Buffer {
  return Buffer.from(JsonLogsSerializer.serializeRequest(emitLogs(records, resource)) ?? []);
}

class ManualReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

export interface FixtureMeter {
  readonly meter: ReturnType<MeterProvider["getMeter"]>;
  /** What the SDK would export now. */
  readonly collect: () => Promise<ResourceMetrics>;
}

/** A meter whose metrics are collected by hand. Histograms of instruments named `exponential.*` are exponential. */
export function createFixtureMeter(
  options: { temporality?: AggregationTemporality; resource?: Attributes } = {},
): FixtureMeter {
  const reader = new ManualReader({
    aggregationTemporalitySelector: () => options.temporality ?? AggregationTemporality.CUMULATIVE,
  });
  const provider = new MeterProvider({
    resource: resourceFromAttributes(options.resource ?? { "service.name": "support-bot" }),
    readers: [reader],
    views: [
      {
        instrumentName: "exponential.*",
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
      },
    ],
  });
  return {
    meter: provider.getMeter("fixture", "1.2.3"),
    collect: async () => (await reader.collect()).resourceMetrics,
  };
}

export function encodeMetrics(metrics: ResourceMetrics): Buffer {
  return Buffer.from(ProtobufMetricsSerializer.serializeRequest(metrics) ?? []);
}

export function encodeMetricsJson(metrics: ResourceMetrics): Buffer {
  return Buffer.from(JsonMetricsSerializer.serializeRequest(metrics) ?? []);
}
