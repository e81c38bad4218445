// An application as Phoenix has it: OpenInference spans by @arizeai/phoenix-otel, an annotation by its client.
import { setTimeout as delay } from "node:timers/promises";
import process from "node:process";
import { createClient } from "@arizeai/phoenix-client";
import { addSpanAnnotation } from "@arizeai/phoenix-client/spans";
import { register, trace } from "@arizeai/phoenix-otel";
import OpenAI from "openai";

const { SPANLIGHT_URL, PROVIDER_URL, USER_ID, SESSION_ID } = process.env;
const provider = register({ projectName: "shop", url: SPANLIGHT_URL });
const openai = new OpenAI({ apiKey: "x", baseURL: PROVIDER_URL });
const spanId = await trace.getTracer("shop").startActiveSpan("chat", async (span) => {
  const { model, choices, usage } = await openai.chat.completions.create({
    model: "gpt-4o-mini",
    messages: [{ role: "user", content: "hi" }],
  });
  span.setAttributes({
    "openinference.span.kind": "LLM",
    "llm.provider": "openai",
    "llm.model_name": model,
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.content": "hi",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.content": choices[0].message.content,
    "llm.token_count.prompt": usage.prompt_tokens,
    "llm.token_count.completion": usage.completion_tokens,
    "llm.token_count.prompt_details.cache_read": usage.prompt_tokens_details.cached_tokens,
    "user.id": USER_ID,
    "session.id": SESSION_ID,
  });
  span.end();
  return span.spanContext().spanId;
});
await provider.shutdown();
// An annotation names its span alone, so that the span has to be readable.
await delay(3000);
const client = createClient({ options: { baseUrl: SPANLIGHT_URL } });
await addSpanAnnotation({
  client,
  spanAnnotation: { spanId, name: "helpful", score: 0.9, explanation: "good", annotatorKind: "HUMAN" },
});
