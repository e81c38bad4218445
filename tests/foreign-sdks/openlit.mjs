// An application as OpenLIT has it, and its verdict on the answer.
import { setTimeout as delay } from "node:timers/promises";
import process from "node:process";
import OpenAI from "openai";
import openlit from "openlit";

const { SPANLIGHT_URL, PROVIDER_URL, USER_ID } = process.env;
const sdk = openlit.default ?? openlit;
sdk.init({
  otlpEndpoint: SPANLIGHT_URL,
  applicationName: "shop",
  instrumentations: { openai: OpenAI },
});
const openai = new OpenAI({ apiKey: "x", baseURL: PROVIDER_URL });
await sdk.startTrace("answer", async () => {
  await openai.chat.completions.create({
    model: "gpt-4o-mini",
    user: USER_ID,
    messages: [{ role: "user", content: "hi" }],
  });
  sdk.logScore({ name: "helpful", value: 0.9, comment: "good" });
});
// Its exporters send every five seconds and have no way to be told earlier.
await delay(6000);
process.exit(0);
