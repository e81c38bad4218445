// The same application in CommonJS, with both majors.
const { OpenAI } = require("openai");
const { OpenAI: OpenAI7 } = require("openai7");
void (async () => {
  for (const Client of [OpenAI, OpenAI7]) {
    const client = new Client({ apiKey: "sk-test", maxRetries: 0 });
    const stream = await client.chat.completions.create({
      model: "gpt-4o-mini",
      stream: true,
      messages: [{ role: "user", content: "Hi" }],
    });
    for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? "");
  }
})();
