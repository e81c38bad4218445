// An application as OpenLLMetry has it, by @traceloop/node-server-sdk, and its users' feedback.
import process from "node:process";
import { trace } from "@opentelemetry/api";
import * as traceloop from "@traceloop/node-server-sdk";
import OpenAI from "openai";

const { SPANLIGHT_URL, PROVIDER_URL, USER_ID, SESSION_ID } = process.env;
const client = traceloop.initialize({
  baseUrl: SPANLIGHT_URL,
  apiKey: "x",
  appName: "shop",
  disableBatch: true,
  silenceInitializationMessage: true,
  instrumentModules: { openAI: OpenAI },
});
const openai = new OpenAI({ apiKey: "x", baseURL: PROVIDER_URL });
let traceId;
await traceloop.withAssociationProperties({ user_id: USER_ID, session_id: SESSION_ID }, () =>
  traceloop.withWorkflow(
    { name: "answer" },
    async (question) => {
      ({ traceId } = trace.getActiveSpan().spanContext());
      const answer = await openai.chat.completions.create({
        model: "gpt-4o-mini",
        messages: [{ role: "user", content: question }],
      });
      return answer.choices[0].message.content;
    },
    "hi",
  ),
);
await client.userFeedback.create({
  annotationTask: "feedback",
  entity: { id: traceId },
  tags: { helpful: 0.9 },
});
await traceloop.forceFlush();
process.exit(0);
