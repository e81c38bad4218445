import type { TokenUsage } from "../../call-record.ts";
import { fieldsOf, isObject, numberOf, type Fields } from "../read-value.ts";

/**
 * Token counts of the model interface: nested from version 3 on, flat before, under other names in version 1. What the flat ones do
 * not tell stands in the provider's own part of the answer.
 */
export function readUsage(usage: Fields, metadata: Fields): TokenUsage | undefined {
  const input = usage["inputTokens"] ?? usage["promptTokens"];
  const output = usage["outputTokens"] ?? usage["completionTokens"];
  if (isObject(input) || isObject(output)) return readNested(fieldsOf(input), fieldsOf(output));
  const inputTokens = numberOf(input);
  const outputTokens = numberOf(output);
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const openai = fieldsOf(metadata["openai"]);
  const cached = readCached(usage, metadata);
  return {
    inputTokens: (inputTokens ?? 0) + cached.beside,
    outputTokens: outputTokens ?? 0,
    cacheReadTokens: cached.read,
    cacheWriteTokens: cached.write,
    reasoningTokens: numberOf(usage["reasoningTokens"]) ?? numberOf(openai["reasoningTokens"]),
  };
}

function readNested(input: Fields, output: Fields): TokenUsage | undefined {
  const inputTokens = numberOf(input["total"]);
  const outputTokens = numberOf(output["total"]);
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  return {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    cacheReadTokens: numberOf(input["cacheRead"]),
    cacheWriteTokens: numberOf(input["cacheWrite"]),
    reasoningTokens: numberOf(output["reasoning"]),
  };
}

interface Cached {
  readonly read: number | undefined;
  readonly write: number | undefined;
  /** How many of them the flat input count leaves out: all of them with Anthropic's models, none with others. */
  readonly beside: number;
}

function readCached(usage: Fields, metadata: Fields): Cached {
  const { openai, anthropic, bedrock } = metadata;
  const told = isObject(anthropic) ? anthropic : fieldsOf(fieldsOf(bedrock)["usage"]);
  const read =
    numberOf(usage["cachedInputTokens"]) ??
    numberOf(told["cacheReadInputTokens"]) ??
    numberOf(fieldsOf(openai)["cachedPromptTokens"]);
  const write = numberOf(told["cacheCreationInputTokens"]) ?? numberOf(told["cacheWriteInputTokens"]);
  const isExclusive = isObject(anthropic) || isObject(bedrock);
  return { read, write, beside: isExclusive ? (read ?? 0) + (write ?? 0) : 0 };
}
