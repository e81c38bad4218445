// An application that starts the SDK itself, twice, and wraps a client that may be watched already.
import OpenAI from "openai";
import { init, wrap } from "@spanlight/sdk";

const first = init({ service: "once" });
const second = init({ service: "twice" });
const client = wrap(wrap(new OpenAI({ apiKey: "sk-test", maxRetries: 0 })));
await client.chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Hi" }] });
process.stdout.write(String(first === second));
