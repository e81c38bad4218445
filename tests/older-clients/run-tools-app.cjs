// Runs a loop of tools with openai 4, whose loops hang on no class that is exported.
const OpenAI = require("openai4");

const client = new OpenAI({ apiKey: "sk-test", maxRetries: 0 });
const runner = client.beta.chat.completions.runTools({
  model: "gpt-4o-mini",
  messages: [{ role: "user", content: "Weather?" }],
  tools: [
    {
      type: "function",
      function: { name: "unused", function: () => "", description: "none", parameters: { type: "object" } },
    },
  ],
});
void runner.finalContent().then((content) => process.stdout.write(`${content}\n`));
