// Clients nobody here wrote: OpenTelemetry's own exporters (protobuf or JSON) and the AI SDK with its own telemetry.
import { SpanStatusCode } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText } from "ai";

const url = `${process.env.SPANLIGHT_URL}/v1/traces`;
const exporter =
  process.env.EXPORTER === "json"
    ? new JsonExporter({ url })
    : new ProtobufExporter({ url, compression: "gzip" });
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ "service.name": process.env.SERVICE }),
  spanProcessors: [new BatchSpanProcessor(exporter)],
});
provider.register();
const tracer = provider.getTracer("house-exporter", "1.0.0");

if (process.env.EXPORTER === "ai") {
  const openai = createOpenAI({ apiKey: "sk-house", baseURL: process.env.PROVIDER_URL });
  await generateText({
    model: openai.chat("gpt-4o-mini"),
    prompt: "Name one planet with rings, in one word.",
    experimental_telemetry: {
      isEnabled: true,
      functionId: "name-a-planet",
      tracer,
      metadata: { userId: "user-ai" },
    },
  });
} else {
  const span = tracer.startSpan(`chat for ${process.env.SERVICE}`, {
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.usage.input_tokens": 2000,
      "gen_ai.usage.output_tokens": 100,
      "gen_ai.output.messages": JSON.stringify([
        {
          role: "assistant",
          parts: [{ type: "text", content: `sent as ${process.env.EXPORTER}` }],
          finish_reason: "stop",
        },
      ]),
    },
  });
  span.setStatus({ code: SpanStatusCode.OK });
  span.end();
}
await provider.shutdown();
