// An application as OpenLIT has it.
import { setTimeout as delay } from "node:timers/promises";
import process from "node:process";
import OpenAI from "openai";
import openlit from "openlit";

const { SPANLIGHT_URL, PROVIDER_URL, USER_ID } = process.env;
const { init } = openlit.default ?? openlit;
init.call(openlit.default ?? openlit, {
  otlpEndpoint: SPANLIGHT_URL,
  applicationName: "shop",
  instrumentations: { openai: OpenAI },
});
const openai = new OpenAI({ apiKey: "x", baseURL: PROVIDER_URL });
await openai.chat.completions.create({
  model: "gpt-4o-mini",
  user: USER_ID,
  messages: [{ role: "user", content: "hi" }],
});
// Its exporters send every five seconds and have no way to be told earlier.
await delay(6000);
process.exit(0);
