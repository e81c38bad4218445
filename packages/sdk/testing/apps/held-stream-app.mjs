// Begins a stream, reads one chunk, holds it, and ends; or waits for a signal.
import OpenAI from "openai";

const client = new OpenAI({ apiKey: "sk-test", maxRetries: 0 });
const request = { model: "gpt-4o-mini", stream: true, messages: [{ role: "user", content: "Hi" }] };
globalThis.held = (await client.chat.completions.create(request))[Symbol.asyncIterator]();
await globalThis.held.next();
if (process.env.WAITS === "true") setInterval(() => undefined, 60_000);
process.stdout.write("ready\n");
