import { ai4, createOldModel } from "../../../../tests/older-clients/clients.ts";
import { wrap } from "../../src/index.ts";
import type { MatrixClient } from "./matrix.ts";

const rawCall = { rawPrompt: undefined, rawSettings: {} };
const finish = {
  finishReason: "stop" as const,
  usage: { promptTokens: 20, completionTokens: 9 },
  providerMetadata: { openai: { cachedPromptTokens: 8, reasoningTokens: 4 } },
};
const response = { id: "r1", modelId: "gpt-5-mini-2025-08-07" };

function createModel(): ReturnType<typeof createOldModel> {
  const chunks = [
    { type: "response-metadata" as const, ...response },
    { type: "text-delta" as const, textDelta: "Par" },
    { type: "text-delta" as const, textDelta: "is." },
    { type: "finish" as const, ...finish },
  ];
  return wrap(
    createOldModel({
      provider: "openai.responses",
      modelId: "gpt-5-mini",
      doGenerate: () => Promise.resolve({ text: "Paris.", ...finish, response, rawCall }),
      doStream: () => Promise.resolve({ stream: ai4.simulateReadableStream({ chunks }), rawCall }),
    }),
  );
}

/** Version 4 of the AI SDK, whose models have the first version of their interface. */
export const oldAiClient: MatrixClient = {
  name: "ai 4, model wrapped",
  call: async () => (await ai4.generateText({ model: createModel(), prompt: "Where?" })).text,
  stream: async (reading) => {
    const model = createModel();
    if (reading === "whole") {
      let text = "";
      for await (const delta of ai4.streamText({ model, prompt: "Where?" }).textStream) text += delta;
      return text;
    }
    const { stream } = await model.doStream({ prompt: [] } as never);
    const reader = stream.getReader();
    for (let part = 0; part < 3; part++) await reader.read();
    await reader.cancel();
    return "";
  },
  readings: ["whole", "break"],
  fail: () => {
    const broken = createOldModel({ provider: "openai", modelId: "m" });
    broken.doGenerate = () => Promise.reject(new RangeError("boom"));
    return ai4.generateText({ model: wrap(broken), prompt: "Where?", maxRetries: 0 });
  },
  expected: {
    answer: "Paris",
    inputTokens: 20,
    outputTokens: 9,
    cacheReadTokens: 8,
    reasoningTokens: 4,
    model: "gpt-5-mini-2025-08-07",
    finishReason: "stop",
    errorType: "RangeError",
  },
};
