import type { VariantName } from "./variants.ts";

/** What an application installs and imports for each variant: the smallest set that can send its spans by OTLP. */
export const packages: Readonly<Record<Exclude<VariantName, "bare">, readonly string[]>> = {
  spanlight: ["@spanlight/sdk"],
  langfuse: ["@langfuse/openai", "@langfuse/otel", "@opentelemetry/sdk-trace-node"],
  traceloop: [
    "@traceloop/instrumentation-openai",
    "@opentelemetry/sdk-trace-node",
    "@opentelemetry/exporter-trace-otlp-proto",
  ],
  openlit: ["openlit"],
  opentelemetry: [
    "@opentelemetry/instrumentation-openai",
    "@opentelemetry/sdk-trace-node",
    "@opentelemetry/exporter-trace-otlp-proto",
    "@opentelemetry/sdk-logs",
    "@opentelemetry/exporter-logs-otlp-proto",
  ],
};
