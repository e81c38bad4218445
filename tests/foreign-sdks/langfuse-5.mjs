// An application as the Langfuse SDK 5 has it: OpenTelemetry spans, scores by its own API.
import process from "node:process";
import { LangfuseClient } from "@langfuse/client";
import { observeOpenAI } from "@langfuse/openai";
import { LangfuseSpanProcessor } from "@langfuse/otel";
import { propagateAttributes, startActiveObservation } from "@langfuse/tracing";
import { NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import OpenAI from "openai";

const { SPANLIGHT_URL, PROVIDER_URL, USER_ID, SESSION_ID } = process.env;
const credentials = { publicKey: "pk", secretKey: "sk", baseUrl: SPANLIGHT_URL };
const provider = new NodeTracerProvider({ spanProcessors: [new LangfuseSpanProcessor(credentials)] });
provider.register();
const langfuse = new LangfuseClient(credentials);
const openai = observeOpenAI(new OpenAI({ apiKey: "x", baseURL: PROVIDER_URL }));
await startActiveObservation("answer", (root) =>
  propagateAttributes({ userId: USER_ID, sessionId: SESSION_ID }, async () => {
    const answer = await openai.chat.completions.create({
      model: "gpt-4o-mini",
      messages: [{ role: "user", content: "hi" }],
    });
    root.update({ input: "hi", output: answer.choices[0].message.content });
    langfuse.score.trace(root, { name: "helpful", value: 0.9, comment: "good" });
  }),
);
await provider.shutdown();
await langfuse.flush();
