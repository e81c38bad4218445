// Begins a stream of LangChain, reads one chunk, and forgets it. Run with --expose-gc.
import { setImmediate as turn } from "node:timers/promises";
import { ChatOpenAI } from "@langchain/openai";
import { forceFlush } from "@spanlight/sdk";

const model = new ChatOpenAI({ model: "gpt-4o-mini", apiKey: "sk-test", maxRetries: 0 });

async function forgetStream() {
  const stream = await model.stream("Hi");
  await stream[Symbol.asyncIterator]().next();
}

await forgetStream();
for (let round = 0; round < 30; round++) {
  await turn();
  globalThis.gc();
}
// Not by running dry: the end of the process ends streams too.
await forceFlush();
process.exit(0);
