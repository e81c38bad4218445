import type { Attributes } from "@opentelemetry/api";
import { app, genAi, genAiLatest, operations } from "@spanlight/conventions";
import type { FinishedSpan } from "../../tracing/finished-span.ts";

/** What a span of an LLM application is; `other` for database calls, HTTP requests and the like. */
export type SpanRole =
  | "llm"
  | "embedding"
  | "tool"
  | "agent"
  | "chain"
  | "retriever"
  | "guard"
  | "step"
  | "other";

const roles: Readonly<Record<string, SpanRole>> = {
  [operations.chat]: "llm",
  [operations.textCompletion]: "llm",
  [operations.generateContent]: "llm",
  [operations.embeddings]: "embedding",
  [operations.executeTool]: "tool",
  [operations.createAgent]: "agent",
  [operations.invokeAgent]: "agent",
  [operations.invokeWorkflow]: "chain",
  [operations.retrieval]: "retriever",
};

export function roleOf({ attributes }: FinishedSpan): SpanRole {
  const operation = attributes[genAi.operationName];
  const known = typeof operation === "string" ? roles[operation] : undefined;
  if (known !== undefined) return known;
  const own = attributes[app.spanKind];
  return own === "chain" || own === "guard" || own === "step" ? own : "other";
}

export function textOf(attributes: Attributes, name: string): string | undefined {
  const value = attributes[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function numberOf(attributes: Attributes, name: string): number | undefined {
  const value = attributes[name];
  return typeof value === "number" ? value : undefined;
}

export function listOf(attributes: Attributes, name: string): readonly string[] {
  const value = attributes[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** What was set with `withContext({ metadata })`, by its own names. */
export function metadataOf(attributes: Attributes): Record<string, string | number | boolean> {
  const prefix = `${app.metadata}.`;
  const metadata: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (!name.startsWith(prefix) || Array.isArray(value) || value === undefined || value === null) continue;
    metadata[name.slice(prefix.length)] = value as string | number | boolean;
  }
  return metadata;
}

/** Token counts: input includes cached and audio tokens, output includes reasoning and audio tokens. */
export interface SpanUsage {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly reasoning: number;
  readonly audioInput: number;
  readonly audioOutput: number;
}

/** Undefined on a span without token counts. */
export function usageOf(attributes: Attributes): SpanUsage | undefined {
  const input = numberOf(attributes, genAi.usageInputTokens);
  const output = numberOf(attributes, genAi.usageOutputTokens);
  if (input === undefined && output === undefined) return undefined;
  const read = (...names: readonly string[]): number => {
    for (const name of names) {
      const value = numberOf(attributes, name);
      if (value !== undefined) return value;
    }
    return 0;
  };
  return {
    input: input ?? 0,
    output: output ?? 0,
    cacheRead: read(genAi.usageCacheReadInputTokens),
    cacheWrite: read(genAiLatest.usageCacheWriteInputTokens, genAi.usageCacheCreationInputTokens),
    reasoning: read(genAi.usageReasoningOutputTokens),
    audioInput: read(genAiLatest.usageAudioInputTokens),
    audioOutput: read(genAiLatest.usageAudioOutputTokens),
  };
}

/** The settings of a request by the names most providers give them. */
export function settingsOf(attributes: Attributes): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const [name, setting] of settingNames) {
    const value = attributes[name];
    if (value !== undefined) settings[setting] = value;
  }
  return settings;
}

const settingNames = [
  [genAi.requestTemperature, "temperature"],
  [genAi.requestTopP, "top_p"],
  [genAi.requestTopK, "top_k"],
  [genAi.requestPresencePenalty, "presence_penalty"],
  [genAi.requestFrequencyPenalty, "frequency_penalty"],
  [genAi.requestSeed, "seed"],
  [genAi.requestStopSequences, "stop_sequences"],
  [genAi.requestMaxTokens, "max_tokens"],
] as const;

/** Attributes that carry what was said; a dialect with words of its own for it leaves them out. */
const contentNames: ReadonlySet<string> = new Set([
  genAi.inputMessages,
  genAi.outputMessages,
  genAi.systemInstructions,
  genAi.toolDefinitions,
  genAi.toolCallArguments,
  genAi.toolCallResult,
  genAi.retrievalDocuments,
  genAi.retrievalQueryText,
]);

export function withoutContent(attributes: Attributes): Attributes {
  const rest: Attributes = {};
  for (const name in attributes) if (!contentNames.has(name)) rest[name] = attributes[name];
  return rest;
}

export function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
