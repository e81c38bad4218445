// An application that knows nothing of the SDK: `openai` as an ES module, against the server named by its base URL.
import OpenAI from "openai";
const client = new OpenAI({ apiKey: "sk-test", maxRetries: 0 });
const answer = await client.chat.completions.create({
  model: "gpt-4o-mini",
  messages: [{ role: "user", content: "Hi" }],
});
process.stdout.write(`${answer.choices[0].message.content}\n`);
