// Makes a call, shuts the SDK down and exits in the same breath.
import OpenAI from "openai";
import { init, shutdown, wrap } from "@spanlight/sdk";

init({ service: "exiting" });
const client = wrap(new OpenAI({ apiKey: "sk-test", maxRetries: 0 }));
await client.chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Hi" }] });
await shutdown();
process.exit(3);
