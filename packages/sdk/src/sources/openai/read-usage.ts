import type { TokenUsage } from "../../call-record.ts";
import { fieldsOf, numberOf } from "../read-value.ts";

/** Usage of the chat, completions and embeddings APIs; undefined when there is none. */
export function readUsage(value: unknown): TokenUsage | undefined {
  const usage = fieldsOf(value);
  const inputTokens = numberOf(usage["prompt_tokens"]);
  if (inputTokens === undefined) return undefined;
  const input = fieldsOf(usage["prompt_tokens_details"]);
  const output = fieldsOf(usage["completion_tokens_details"]);
  const completionTokens = numberOf(usage["completion_tokens"]) ?? 0;
  const reasoningTokens = numberOf(output["reasoning_tokens"]);
  const totalTokens = numberOf(usage["total_tokens"]);
  // Some providers (xAI) leave reasoning out of the completion and in the total: here output always includes it.
  const isExclusive =
    reasoningTokens !== undefined && totalTokens === inputTokens + completionTokens + reasoningTokens;
  return {
    inputTokens,
    outputTokens: completionTokens + (isExclusive ? reasoningTokens : 0),
    cacheReadTokens: numberOf(input["cached_tokens"]) ?? numberOf(usage["prompt_cache_hit_tokens"]),
    cacheWriteTokens: numberOf(input["cache_write_tokens"]),
    reasoningTokens,
    audioInputTokens: numberOf(input["audio_tokens"]),
    audioOutputTokens: numberOf(output["audio_tokens"]),
  };
}
