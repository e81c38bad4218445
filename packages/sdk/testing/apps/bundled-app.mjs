// An application that is bundled into one file before it runs.
import OpenAI from "openai";
import { init, shutdown, wrap } from "@spanlight/sdk";

init({ service: "bundled" });
const client = wrap(new OpenAI({ apiKey: "sk-test", maxRetries: 0 }));
const request = { model: "gpt-4o-mini", messages: [{ role: "user", content: "Hi" }] };
void client.chat.completions
  .create(request)
  .then((answer) => process.stdout.write(`${answer.choices[0].message.content}\n`))
  .then(() => shutdown());
