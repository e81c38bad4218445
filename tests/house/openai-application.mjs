// An application as a stranger writes it: the real client, one line of ours, content switched on by the environment.
import OpenAI from "openai";
import { init, retrieval, shutdown, tool, trace, withContext, wrap } from "@spanlight/sdk";

init({ service: "house-bot", version: "7.1.0", environment: "test" });
const openai = wrap(new OpenAI({ apiKey: "sk-house", baseURL: process.env.PROVIDER_URL, maxRetries: 0 }));

await withContext({ userId: "user-77", sessionId: "session-9", endpoint: "/ask" }, () =>
  trace("POST /ask", async () => {
    const documents = await retrieval(
      { source: "policies", query: "refund after 30 days", topK: 2 },
      async () => [{ id: "policy-1", content: "Refunds are possible within 30 days.", score: 0.91 }],
    );
    await tool({ name: "lookup_order", arguments: { orderId: "88213" } }, async () => ({
      status: "delivered",
    }));
    const stream = await openai.chat.completions.create({
      model: "gpt-4o",
      stream: true,
      messages: [
        { role: "system", content: `Answer from the policies: ${documents[0].content}` },
        { role: "user", content: "Can I return order 88213, the blue lamp?" },
      ],
    });
    for await (const chunk of stream) void chunk;
  }),
);
await shutdown();
