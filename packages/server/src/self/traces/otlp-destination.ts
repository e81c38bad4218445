import { ExportResultCode } from "@opentelemetry/core";
import { OTLPExporterError } from "@opentelemetry/otlp-exporter-base";
import {
  createOtlpHttpExportDelegate,
  httpAgentFactoryFromOptions,
} from "@opentelemetry/otlp-exporter-base/node-http";
import { ProtobufTraceSerializer, TraceExporterMetricsHelper } from "@opentelemetry/otlp-transformer";
import type { Destination } from "./span-outbox.ts";

/** The destination did not take a batch of spans; the message says why. */
export class SpansNotTakenError extends Error {
  override readonly name = "SpansNotTakenError";
  readonly code = "spans_not_taken";
}

export interface OtlpDestinationOptions {
  /** Where requests are posted, path and all. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A batch is tried again until then. */
  readonly timeoutMs: number;
}

/**
 * An OTLP/HTTP endpoint, by OpenTelemetry's own transport: protobuf, gzip, tried again as the protocol says. Whatever `OTEL_…` says in
 * the environment is meant for applications: nothing of it is read, so that no key of theirs is sent here.
 */
export function createOtlpDestination({ url, headers, timeoutMs }: OtlpDestinationOptions): Destination {
  let refused = 0;
  const delegate = createOtlpHttpExportDelegate(
    {
      url,
      headers: () => Promise.resolve({ ...headers, "content-type": "application/x-protobuf" }),
      timeoutMillis: timeoutMs,
      concurrencyLimit: 4,
      compression: "gzip",
      agentFactory: httpAgentFactoryFromOptions({ keepAlive: true }),
      userAgent: "spanlight",
    },
    {
      serializeRequest: (spans: Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0]) =>
        ProtobufTraceSerializer.serializeRequest(spans),
      deserializeResponse(bytes) {
        const response = ProtobufTraceSerializer.deserializeResponse(bytes);
        refused = Number(response.partialSuccess?.rejectedSpans ?? 0);
        return response;
      },
    },
    "otlp_http_span_exporter",
    TraceExporterMetricsHelper,
    undefined,
  );
  return {
    name: url,
    send: (spans) =>
      new Promise((resolve, reject) => {
        delegate.export(spans, ({ code, error }) => {
          const count = refused; // of this answer: it has just been read
          refused = 0;
          if (code === ExportResultCode.SUCCESS) resolve(Math.min(count, spans.length));
          else reject(toNotTaken(url, error));
        });
      }),
    close: () => delegate.shutdown(),
  };
}

function toNotTaken(url: string, cause: Error | undefined): SpansNotTakenError {
  const status = cause instanceof OTLPExporterError && cause.code !== undefined ? `${cause.code} ` : "";
  const reason = `${status}${cause?.message ?? ""}`.trim();
  return new SpansNotTakenError(
    `${url} does not take spans: ${reason === "" ? "no answer that says so" : reason}`,
    { cause },
  );
}
