import OpenAI from "openai";
import { retrieval, runLoop, withContext, wrap } from "../src/index.ts";
import { completion, toolCompletion } from "./openai-answers.ts";
import { createProvider, json } from "./provider.ts";

/** An agent that searches, calls a model with a tool, runs the tool and answers: one trace with all that destinations draw. */
export async function runAgent(): Promise<void> {
  const { fetch } = createProvider(json(toolCompletion), json(completion));
  const client = wrap(new OpenAI({ apiKey: "sk-test", fetch, maxRetries: 0 }));
  const who = {
    userId: "u-1",
    sessionId: "s-1",
    tags: ["beta", "eu"],
    promptName: "support",
    promptVersion: "3",
    release: "1.2.3",
    metadata: { plan: "pro" },
  };
  await withContext(who, () =>
    runLoop<string>({ name: "support", maxSteps: 5 }, async (step) => {
      if (step.number === 1)
        retrieval({ source: "handbook", query: "weather", topK: 2 }, () => [
          { id: "d1", content: "Rain is wet.", score: 0.9 },
        ]);
      const { choices } = await client.chat.completions.create({
        model: "gpt-4o-mini",
        temperature: 0.2,
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "Weather in Paris?" },
        ],
        tools: [
          {
            type: "function",
            function: { name: "get_weather", parameters: { type: "object", properties: {} } },
          },
        ],
      });
      const [call] = choices[0]?.message.tool_calls ?? [];
      if (call?.type !== "function") return step.finish(choices[0]?.message.content ?? "");
      const input: unknown = JSON.parse(call.function.arguments);
      await step.tool({ name: call.function.name, callId: call.id, arguments: input }, () => ({
        sky: "blue",
      }));
    }),
  );
}
