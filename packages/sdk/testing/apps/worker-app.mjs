// Makes one call in the main thread and one in a worker; neither knows of the SDK.
import { isMainThread, Worker } from "node:worker_threads";
import OpenAI from "openai";

const client = new OpenAI({ apiKey: "sk-test", maxRetries: 0 });
const model = isMainThread ? "gpt-main" : "gpt-worker";
await client.chat.completions.create({ model, messages: [{ role: "user", content: "Hi" }] });
if (isMainThread) new Worker(new URL(import.meta.url));
