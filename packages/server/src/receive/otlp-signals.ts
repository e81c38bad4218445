import { encodeJsonLogs } from "../decode/json-logs.ts";
import { encodeJsonMetrics } from "../decode/json-metrics.ts";
import { encodeJsonTraces } from "../decode/json-traces.ts";
import type { SignalIngest } from "../ingest/group-commit.ts";

/** The ways to the spool, by signal. */
export interface SignalIngests {
  readonly traces: SignalIngest;
  readonly metrics: SignalIngest;
  readonly logs: SignalIngest;
}

/** What differs between the signals at a door. */
export interface OtlpSignal {
  readonly name: keyof SignalIngests;
  /** Field of the partial success in JSON; in protobuf it is field 1 of every signal. */
  readonly rejectedField: "rejectedSpans" | "rejectedDataPoints" | "rejectedLogRecords";
  /** The request as protobuf. */
  readonly encodeJson: (body: Buffer) => Buffer;
  readonly httpPaths: readonly string[];
  /** Full name of the gRPC service; its only method is Export. */
  readonly grpcService: string;
}

export const otlpSignals: readonly OtlpSignal[] = [
  {
    name: "traces",
    rejectedField: "rejectedSpans",
    encodeJson: encodeJsonTraces,
    httpPaths: [
      "/v1/traces",
      // Where the exporters of other products' SDKs send theirs: Langfuse, LangSmith, Opik.
      "/api/public/otel/v1/traces",
      "/otel/v1/traces",
      "/api/v1/private/otel/v1/traces",
    ],
    grpcService: "opentelemetry.proto.collector.trace.v1.TraceService",
  },
  {
    name: "metrics",
    rejectedField: "rejectedDataPoints",
    encodeJson: encodeJsonMetrics,
    httpPaths: ["/v1/metrics"],
    grpcService: "opentelemetry.proto.collector.metrics.v1.MetricsService",
  },
  {
    name: "logs",
    rejectedField: "rejectedLogRecords",
    encodeJson: encodeJsonLogs,
    httpPaths: ["/v1/logs"],
    grpcService: "opentelemetry.proto.collector.logs.v1.LogsService",
  },
];

/** Where OTLP comes in over HTTP. */
export const otlpHttpPaths: ReadonlySet<string> = new Set(otlpSignals.flatMap(({ httpPaths }) => httpPaths));
