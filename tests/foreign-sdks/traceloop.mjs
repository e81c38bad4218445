// An application as OpenLLMetry has it, by @traceloop/node-server-sdk.
import process from "node:process";
import * as traceloop from "@traceloop/node-server-sdk";
import OpenAI from "openai";

const { SPANLIGHT_URL, PROVIDER_URL, USER_ID, SESSION_ID } = process.env;
traceloop.initialize({
  baseUrl: SPANLIGHT_URL,
  apiKey: "x",
  appName: "shop",
  disableBatch: true,
  silenceInitializationMessage: true,
  instrumentModules: { openAI: OpenAI },
});
const openai = new OpenAI({ apiKey: "x", baseURL: PROVIDER_URL });
await traceloop.withAssociationProperties({ user_id: USER_ID, session_id: SESSION_ID }, () =>
  traceloop.withWorkflow(
    { name: "answer" },
    async (question) => {
      const answer = await openai.chat.completions.create({
        model: "gpt-4o-mini",
        messages: [{ role: "user", content: question }],
      });
      return answer.choices[0].message.content;
    },
    "hi",
  ),
);
await traceloop.forceFlush();
process.exit(0);
