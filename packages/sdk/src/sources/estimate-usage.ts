import type { CallRecord } from "../call-record.ts";

/** Text has about four characters a token; good for an order of magnitude, which is why it is flagged. */
const charactersPerToken = 4;

/** Sets a flagged estimate where a stream ended without its usage. */
export function estimateUsage(record: CallRecord, inputCharacters: number, outputCharacters: number): void {
  if (record.usage !== undefined || record.error !== undefined) return;
  record.usageEstimated = true;
  record.usage = {
    inputTokens: Math.ceil(inputCharacters / charactersPerToken),
    outputTokens: Math.ceil(outputCharacters / charactersPerToken),
    cacheReadTokens: undefined,
    cacheWriteTokens: undefined,
    reasoningTokens: undefined,
  };
}

/** All characters in the strings of a value, as deep as it goes; images and other data URLs do not count. */
export function countCharacters(value: unknown, depth = 0): number {
  if (typeof value === "string") return value.startsWith("data:") ? 0 : value.length;
  if (typeof value !== "object" || value === null || depth > 8) return 0;
  let characters = 0;
  for (const item of Object.values(value)) characters += countCharacters(item, depth + 1);
  return characters;
}
