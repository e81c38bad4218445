// Makes one call, says so, and waits for a signal.
import OpenAI from "openai";

const client = new OpenAI({ apiKey: "sk-test", maxRetries: 0 });
await client.chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Hi" }] });
setInterval(() => undefined, 60_000);
process.stdout.write("ready\n");
