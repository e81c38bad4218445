// LangChain as ES modules, which know nothing of the SDK, over `openai` against the server named by its base URL.
import { tool } from "@langchain/core/tools";
import { RunnableLambda } from "@langchain/core/runnables";
import { ChatOpenAI } from "@langchain/openai";
import { z } from "zod";

const model = new ChatOpenAI({ model: "gpt-4o-mini", apiKey: "sk-test", maxRetries: 0 });
const greet = tool(({ name }) => `Hello ${name}`, {
  name: "greet",
  description: "greets",
  schema: z.object({ name: z.string() }),
});
const chain = RunnableLambda.from((name) => greet.invoke({ name })).pipe(model);
const answer = await chain.invoke("Ada", { runName: "greeting" });
process.stdout.write(`${answer.text}\n`);
