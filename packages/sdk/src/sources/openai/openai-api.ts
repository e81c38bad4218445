import type { Operation } from "@spanlight/conventions";
import type { CallRecord, TokenUsage } from "../../call-record.ts";
import { fieldsOf, numberOf, type Fields } from "../read-value.ts";

/** One API of the OpenAI client: how its requests, answers and stream events are read into a record. */
export interface OpenAiApi {
  readonly operation: Operation;
  /** Value of `openai.api.type`; undefined for APIs the convention has no name for. */
  readonly apiType: string | undefined;
  /** True when a stream can be asked to report its usage in an extra last chunk. */
  readonly hasStreamOptions: boolean;
  readRequest(record: CallRecord, body: Fields): void;
  readResponse(record: CallRecord, response: Fields): void;
  createReader(record: CallRecord): StreamReader;
}

/** Reads the events of one stream into a record. */
export interface StreamReader {
  /** Takes one event; true when it carries output, which is when the first token has come. */
  read(event: Fields): boolean;
  /** The stream is over: what was gathered goes into the record. */
  finish(): void;
}

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
