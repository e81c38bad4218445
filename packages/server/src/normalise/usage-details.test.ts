import { describe, expect, it } from "vitest";
import { readExclusiveUsage, readInclusiveUsage } from "./usage-details.ts";

const none = { input: -1, output: -1, cacheRead: -1, cacheWrite: -1, reasoning: -1 };

describe("readExclusiveUsage", () => {
  it.each([
    [
      { input: 56, input_cached_tokens: 64, output: 120, output_reasoning_tokens: 40, total: 280 },
      { input: 120, output: 160, cacheRead: 64, reasoning: 40 },
    ],
    [
      { input: 50, output: 7, cache_read_input_tokens: 64, cache_creation_input_tokens: 10, input_audio: 3 },
      { input: 127, output: 7, cacheRead: 64, cacheWrite: 10 },
    ],
    [
      { input: 5, input_cache_creation_5m: 1, input_cache_creation_1h: 2, input_cache_read: 4 },
      { input: 12, cacheRead: 4, cacheWrite: 3 },
    ],
    [
      { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4 } },
      { input: 10, output: 5, cacheRead: 4 },
    ],
    [
      { input: 120, output: 30, total: 150, input_cached_tokens: 64, output_reasoning_tokens: 8 },
      { input: 120, output: 30, cacheRead: 64, reasoning: 8 },
    ],
    [
      { input: 0, output: 0 },
      { input: 0, output: 0 },
    ],
  ])("adds up the sides of %j", (given, expected) => {
    expect(readExclusiveUsage(JSON.stringify(given))).toEqual({ ...none, ...expected });
  });

  it.each(["", "{}", "[1]", "no", '{"input": "many", "output": -5, "total": 3}', "null"])(
    "takes nothing from %j",
    (text) => {
      expect(readExclusiveUsage(text)).toBeUndefined();
    },
  );
});

describe("readInclusiveUsage", () => {
  it.each([
    [
      { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
      { input: 10, output: 5 },
    ],
    [
      {
        input_tokens: 10,
        output_tokens: 5,
        input_token_details: { cache_read: 4, cache_creation: 1 },
        output_token_details: { reasoning: 2 },
      },
      { input: 10, output: 5, cacheRead: 4, cacheWrite: 1, reasoning: 2 },
    ],
    [{ cache_read: 7 }, { cacheRead: 7 }],
  ])("reads %j as it stands", (given, expected) => {
    expect(readInclusiveUsage(JSON.stringify(given))).toEqual({ ...none, ...expected });
  });
});
