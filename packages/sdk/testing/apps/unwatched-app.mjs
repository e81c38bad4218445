// Imports its client before it starts the SDK, as every ES module does, and wraps nothing.
import OpenAI from "openai";
import { init } from "@spanlight/sdk";

init({ service: "unwatched" });
const client = new OpenAI({ apiKey: "sk-test", maxRetries: 0 });
await client.chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Hi" }] });
