import { expect, test } from "vitest";
import { readUsage } from "./ai-usage.ts";

const none = { cacheWriteTokens: undefined, reasoningTokens: undefined };

test.each([
  [
    "version 1 with OpenAI",
    { promptTokens: 120, completionTokens: 40 },
    { openai: { cachedPromptTokens: 64, reasoningTokens: 24 } },
    { ...none, inputTokens: 120, outputTokens: 40, cacheReadTokens: 64, reasoningTokens: 24 },
  ],
  [
    "version 1 with Anthropic, whose cached tokens stand beside",
    { promptTokens: 50, completionTokens: 12 },
    { anthropic: { cacheCreationInputTokens: 10, cacheReadInputTokens: 64 } },
    { ...none, inputTokens: 124, outputTokens: 12, cacheReadTokens: 64, cacheWriteTokens: 10 },
  ],
  [
    "version 2 with Anthropic",
    { inputTokens: 50, outputTokens: 12, totalTokens: 62, cachedInputTokens: 64 },
    { anthropic: { cacheCreationInputTokens: 10, usage: {} } },
    { ...none, inputTokens: 124, outputTokens: 12, cacheReadTokens: 64, cacheWriteTokens: 10 },
  ],
  [
    "version 2 with Bedrock",
    { inputTokens: 50, outputTokens: 12, cachedInputTokens: 64 },
    { bedrock: { usage: { cacheWriteInputTokens: 10 } } },
    { ...none, inputTokens: 124, outputTokens: 12, cacheReadTokens: 64, cacheWriteTokens: 10 },
  ],
  [
    "version 2 with OpenAI, whose cached tokens are in",
    { inputTokens: 120, outputTokens: 40, reasoningTokens: 24, cachedInputTokens: 64 },
    { openai: { responseId: "r" } },
    { ...none, inputTokens: 120, outputTokens: 40, cacheReadTokens: 64, reasoningTokens: 24 },
  ],
  [
    "version 3",
    {
      inputTokens: { total: 124, noCache: 50, cacheRead: 64, cacheWrite: 10 },
      outputTokens: { total: 12, text: 8, reasoning: 4 },
    },
    { anthropic: { cacheCreationInputTokens: 10 } },
    { inputTokens: 124, outputTokens: 12, cacheReadTokens: 64, cacheWriteTokens: 10, reasoningTokens: 4 },
  ],
  ["an answer without counts", { inputTokens: undefined, outputTokens: undefined }, {}, undefined],
])("tokens of the model interface, %s", (_name, usage, metadata, expected) => {
  expect(readUsage(usage, metadata)).toEqual(expected);
});
