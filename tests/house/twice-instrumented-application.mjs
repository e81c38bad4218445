// One call that two instrumentations see, each with an exporter of its own: the AI SDK's telemetry by OpenTelemetry's exporter, and the
// provider's client within it by this SDK.
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { init, shutdown, wrap } from "@spanlight/sdk";
import { generateText } from "ai";
import OpenAI from "openai";

const service = process.env.SERVICE;
const provider = new NodeTracerProvider({
  resource: resourceFromAttributes({ "service.name": service }),
  spanProcessors: [
    new BatchSpanProcessor(new OTLPTraceExporter({ url: `${process.env.SPANLIGHT_URL}/v1/traces` })),
  ],
});
init({ service });
const openai = wrap(new OpenAI({ apiKey: "sk-house", baseURL: process.env.PROVIDER_URL, maxRetries: 0 }));

/** A model of the AI SDK that asks the provider's own client. */
const model = {
  specificationVersion: "v3",
  provider: "openai",
  modelId: "gpt-4o",
  supportedUrls: {},
  async doGenerate() {
    const answer = await openai.chat.completions.create({
      model: "gpt-4o",
      messages: [{ role: "user", content: "Can I return order 88213, the blue lamp?" }],
    });
    const { prompt_tokens: input, completion_tokens: output } = answer.usage;
    return {
      content: [{ type: "text", text: answer.choices[0].message.content ?? "" }],
      finishReason: { unified: "stop", raw: "stop" },
      usage: { inputTokens: { total: input, noCache: input }, outputTokens: { total: output, text: output } },
      response: { id: answer.id, modelId: answer.model },
      warnings: [],
    };
  },
};

await generateText({
  model,
  prompt: "Can I return order 88213, the blue lamp?",
  experimental_telemetry: { isEnabled: true, functionId: "returns", tracer: provider.getTracer("ai") },
});
const exporters = [() => provider.shutdown(), () => shutdown()];
for (const flush of process.env.OUTER_FIRST === "yes" ? exporters : exporters.toReversed()) await flush();
