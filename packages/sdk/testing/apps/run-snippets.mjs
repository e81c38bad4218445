// Runs the modules of a folder one after another, each with an SDK of its own, and says what became of each.
import { readdir } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { RunnableLambda } from "@langchain/core/runnables";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { jsonSchema, tool } from "ai";
import { MockLanguageModelV3 } from "ai/test";
import { shutdown } from "@spanlight/sdk";

const usage = { inputTokens: { total: 1 }, outputTokens: { total: 1 } };
const answer = {
  content: [{ type: "text", text: "Paris." }],
  finishReason: { unified: "stop" },
  usage,
  warnings: [],
};

const mockModel = () => new MockLanguageModelV3({ doGenerate: async () => answer });

/** What the pages take as given, by their names. */
const given = {
  "ai-sdk": () => ({
    model: mockModel(),
    openai: mockModel,
    weather: tool({ inputSchema: jsonSchema({ type: "object" }), execute: () => "sunny" }),
    prompt: "Capital of France?",
    tools: {},
  }),
  langchain: () => ({
    chain: RunnableLambda.from((text) => text),
    question: "Capital of France?",
    model: new FakeListChatModel({ responses: ["Paris."] }),
    tools: [],
  }),
};

const [folder] = process.argv.slice(2);
const outcomes = {};
for (const file of (await readdir(folder)).filter((name) => name.endsWith(".mjs")).toSorted()) {
  Object.assign(globalThis, given[file.replace(/-\d+\.mjs$/, "")]?.());
  try {
    await import(pathToFileURL(`${folder}/${file}`).href);
    outcomes[file] = "ok";
  } catch (error) {
    outcomes[file] = error.stack;
  }
  await shutdown();
}
process.stdout.write(`\nOUTCOMES ${JSON.stringify(outcomes)}\n`);
