// Token counts as Gemini answers them. Google's Agent Development Kit hands on two of them and keeps the whole answer as a text.
import { isRecord, type JsonObject } from "../decode/json-fields.ts";
import type { UsageDetails } from "./usage-details.ts";

/**
 * The counts in an answer of Gemini's, in JSON: what was thought and what tools put into the prompt are counted apart there. Undefined for
 * a text that is no such answer, or one without counts.
 */
export function readGoogleUsage(text: string): UsageDetails | undefined {
  const answer = parseObject(text);
  const usage = answer["usageMetadata"] ?? answer["usage_metadata"];
  if (!isRecord(usage)) return undefined;
  const count = (camel: string, snake: string): number => toCount(usage[camel] ?? usage[snake]);
  const prompt = count("promptTokenCount", "prompt_token_count");
  const answered = count("candidatesTokenCount", "candidates_token_count");
  const thought = count("thoughtsTokenCount", "thoughts_token_count");
  if (prompt < 0 && answered < 0) return undefined;
  return {
    input: add(prompt, count("toolUsePromptTokenCount", "tool_use_prompt_token_count")),
    output: add(answered, thought),
    cacheRead: count("cachedContentTokenCount", "cached_content_token_count"),
    cacheWrite: -1,
    reasoning: thought,
  };
}

/** -1 = not said. */
function add(count: number, more: number): number {
  return count < 0 && more < 0 ? -1 : Math.max(0, count) + Math.max(0, more);
}

const maxTokens = 2 ** 32 - 1;

function toCount(value: unknown): number {
  return typeof value === "number" && value >= 0 ? Math.min(maxTokens, Math.trunc(value)) : -1;
}

function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {}; // cut short: what the span says itself counts
  }
}
