// The same as langchain-app.mjs in CommonJS, which has its own copy of every class.
const { tool } = require("@langchain/core/tools");
const { RunnableLambda } = require("@langchain/core/runnables");
const { ChatOpenAI } = require("@langchain/openai");
const { z } = require("zod");

const model = new ChatOpenAI({ model: "gpt-4o-mini", apiKey: "sk-test", maxRetries: 0 });
const greet = tool(({ name }) => `Hello ${name}`, {
  name: "greet",
  description: "greets",
  schema: z.object({ name: z.string() }),
});
const chain = RunnableLambda.from((name) => greet.invoke({ name })).pipe(model);
void chain.invoke("Ada", { runName: "greeting" }).then((answer) => process.stdout.write(`${answer.text}\n`));
