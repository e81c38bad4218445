import * as ai5 from "ai5";
import { MockLanguageModelV2, simulateReadableStream } from "ai5/test";
import * as ai6 from "ai6";
import { MockLanguageModelV3 } from "ai6/test";
import * as ai7 from "ai7";
import { MockLanguageModelV4 } from "ai7/test";
import { wrap } from "../../src/index.ts";
import type { MatrixClient } from "./matrix.ts";

const nested = {
  inputTokens: { total: 20, noCache: 12, cacheRead: 8, cacheWrite: 0 },
  outputTokens: { total: 9, text: 5, reasoning: 4 },
};
const flat = { inputTokens: 20, outputTokens: 9, totalTokens: 29, cachedInputTokens: 8, reasoningTokens: 4 };

// The majors differ in types, not in what is used here.
type Ai = Pick<typeof ai6, "generateText" | "streamText">;
type Mock = typeof MockLanguageModelV3;

/** How a model of one major is made, and whether it is wrapped or watched by the AI SDK's telemetry. */
interface Major {
  readonly name: string;
  readonly ai: Ai;
  readonly Model: Mock;
  readonly isFlat: boolean;
  readonly isWrapped: boolean;
}

function aiSdkClient({ name, ai, Model, isFlat, isWrapped }: Major): MatrixClient {
  const usage = isFlat ? flat : nested;
  const finishReason = isFlat ? "stop" : { unified: "stop", raw: "stop" };
  const response = { id: "r1", modelId: "gpt-5-mini-2025-08-07" };
  const chunks = [
    { type: "stream-start", warnings: [] },
    { type: "response-metadata", ...response },
    { type: "text-start", id: "1" },
    { type: "text-delta", id: "1", delta: "Par" },
    { type: "text-delta", id: "1", delta: "is." },
    { type: "text-end", id: "1" },
    { type: "finish", finishReason, usage },
  ];
  const create = (): MockLanguageModelV3 => {
    const made = new Model({
      provider: "openai.responses",
      modelId: "gpt-5-mini",
      doGenerate: () =>
        Promise.resolve({
          content: [{ type: "text", text: "Paris." }],
          finishReason,
          usage,
          response,
          warnings: [],
        }),
      doStream: () => Promise.resolve({ stream: simulateReadableStream({ chunks }) }),
    } as never);
    return isWrapped ? wrap(made) : made;
  };
  return {
    name,
    call: async () => (await ai.generateText({ model: create(), prompt: "Where?" })).text,
    stream: async (reading) => {
      const model = create();
      if (reading === "whole") return ai.streamText({ model, prompt: "Where?" }).text;
      const { stream } = await model.doStream({ prompt: [] } as never);
      const reader = stream.getReader();
      for (let part = 0; part < 4; part++) await reader.read();
      await reader.cancel();
      return "";
    },
    readings: isWrapped ? ["whole", "break"] : ["whole"],
    fail: () => {
      const model = create();
      const broken = isWrapped ? new Model({ provider: "openai", modelId: "m" } as never) : model;
      broken.doGenerate = () => Promise.reject(new RangeError("boom"));
      return ai.generateText({ model: isWrapped ? wrap(broken) : broken, prompt: "Where?", maxRetries: 0 });
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
}

const others = { isWrapped: true };
export const aiSdkClients: readonly MatrixClient[] = [
  aiSdkClient({
    ...others,
    name: "ai 5, model wrapped",
    ai: ai5 as unknown as Ai,
    Model: MockLanguageModelV2 as unknown as Mock,
    isFlat: true,
  }),
  aiSdkClient({ ...others, name: "ai 6, model wrapped", ai: ai6, Model: MockLanguageModelV3, isFlat: false }),
  aiSdkClient({
    name: "ai 7, by itself",
    ai: ai7 as unknown as Ai,
    Model: MockLanguageModelV4 as unknown as Mock,
    isFlat: false,
    isWrapped: false,
  }),
];
