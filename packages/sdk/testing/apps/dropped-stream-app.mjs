// Begins a stream, reads one chunk by hand, and forgets it. Run with --expose-gc.
import { setImmediate as turn } from "node:timers/promises";
import OpenAI from "openai";
import { forceFlush } from "@spanlight/sdk";

const client = new OpenAI({ apiKey: "sk-test", maxRetries: 0 });
const request = { model: "gpt-4o-mini", stream: true, messages: [{ role: "user", content: "Hi" }] };

async function forgetIterator() {
  const stream = await client.chat.completions.create(request);
  await stream[Symbol.asyncIterator]().next();
}

async function forgetStream() {
  await client.chat.completions.create(request);
}

await forgetIterator();
await forgetStream();
for (let round = 0; round < 10; round++) {
  await turn();
  globalThis.gc();
}
// Not by running dry: the end of the process ends streams too.
await forceFlush();
process.exit(0);
