import { SpanStatusCode, type Attributes, type AttributeValue } from "@opentelemetry/api";
import { app, genAi, general } from "@spanlight/conventions";
import type { FinishedSpan } from "../../tracing/finished-span.ts";
import { readInputChat, readOutputChat, readTools } from "./chat-messages.ts";
import {
  listOf,
  metadataOf,
  numberOf,
  roleOf,
  settingsOf,
  textOf,
  usageOf,
  withoutContent,
  type SpanRole,
} from "./read-span.ts";

/** What Langfuse is told of every trace; a value from `withContext()` or `init()` wins over the one given here. */
export interface LangfuseTraceOptions {
  /** Name of the traces; default: the name of their root span. */
  readonly traceName?: string;
  readonly userId?: string;
  readonly sessionId?: string;
  readonly tags?: readonly string[];
  readonly release?: string;
  readonly version?: string;
  readonly environment?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** The managed prompt that model calls are linked with. */
  readonly promptName?: string;
  readonly promptVersion?: string | number;
}

const types: Readonly<Record<SpanRole, string>> = {
  llm: "generation",
  embedding: "embedding",
  tool: "tool",
  agent: "agent",
  chain: "chain",
  retriever: "retriever",
  guard: "guardrail",
  step: "chain",
  other: "span",
};

/** Langfuse's own words. Source: LangfuseOtelSpanAttributes of @langfuse/core 5.11. */
export function createLangfuseDialect(options: LangfuseTraceOptions): (span: FinishedSpan) => FinishedSpan {
  return (span) => {
    const role = roleOf(span);
    const from = span.attributes;
    const attributes = withoutContent(from);
    attributes["langfuse.observation.type"] = types[role];
    putTrace(attributes, from, options);
    putMetadata(attributes, from, options);
    if (span.status.code === SpanStatusCode.ERROR) {
      attributes["langfuse.observation.level"] = "ERROR";
      if (span.status.message !== undefined)
        attributes["langfuse.observation.status_message"] = span.status.message;
    }
    if (role === "llm" || role === "embedding") putGeneration(attributes, span, options);
    else putWork(attributes, from);
    return { ...span, attributes };
  };
}

function putTrace(attributes: Attributes, from: Attributes, options: LangfuseTraceOptions): void {
  const put = (name: string, value: AttributeValue | undefined): void => {
    if (value !== undefined) attributes[name] = value;
  };
  put("langfuse.trace.name", textOf(from, app.traceName) ?? options.traceName);
  put("user.id", textOf(from, general.userId) ?? options.userId);
  put(
    "session.id",
    textOf(from, general.sessionId) ?? textOf(from, genAi.conversationId) ?? options.sessionId,
  );
  const tags = [...new Set([...(options.tags ?? []), ...listOf(from, app.tags)])];
  if (tags.length > 0) attributes["langfuse.trace.tags"] = tags;
  put("langfuse.release", textOf(from, app.release) ?? options.release);
  put("langfuse.version", options.version);
  put("langfuse.environment", options.environment);
}

const contextNames = [
  [app.tenantId, "tenant_id"],
  [app.endpoint, "endpoint"],
] as const;

function putMetadata(attributes: Attributes, from: Attributes, options: LangfuseTraceOptions): void {
  const metadata: Record<string, unknown> = { ...options.metadata, ...metadataOf(from) };
  for (const [name, key] of contextNames) if (from[name] !== undefined) metadata[key] = from[name];
  for (const [key, value] of Object.entries(metadata)) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    if (text !== undefined) attributes[`langfuse.trace.metadata.${key}`] = text;
  }
}

function putGeneration(attributes: Attributes, span: FinishedSpan, options: LangfuseTraceOptions): void {
  const from = span.attributes;
  const put = (name: string, value: AttributeValue | undefined): void => {
    if (value !== undefined) attributes[`langfuse.observation.${name}`] = value;
  };
  const settings = settingsOf(from);
  put("model.name", textOf(from, genAi.responseModel) ?? textOf(from, genAi.requestModel));
  if (Object.keys(settings).length > 0) put("model.parameters", JSON.stringify(settings));
  put("usage_details", toJson(usageDetailsOf(from)));
  const costUsd = numberOf(from, app.costUsd);
  if (costUsd !== undefined) put("cost_details", JSON.stringify({ total: costUsd }));
  put("completion_start_time", firstTokenTime(span));
  put("prompt.name", textOf(from, genAi.promptName) ?? options.promptName);
  put("prompt.version", readVersion(textOf(from, genAi.promptVersion) ?? options.promptVersion));
  const messages = readInputChat(from);
  const tools = readTools(from);
  put("input", toJson(tools.length > 0 && messages !== undefined ? { tools, messages } : messages));
  const said = readOutputChat(from);
  put("output", toJson(said?.length === 1 ? said[0] : said));
}

/** Input and output of what is no model call. */
function putWork(attributes: Attributes, from: Attributes): void {
  const input = textOf(from, genAi.toolCallArguments) ?? textOf(from, genAi.retrievalQueryText);
  const output = textOf(from, genAi.toolCallResult) ?? textOf(from, genAi.retrievalDocuments);
  if (input !== undefined) attributes["langfuse.observation.input"] = input;
  if (output !== undefined) attributes["langfuse.observation.output"] = output;
}

/** Langfuse's counts exclude one another: 120 input tokens of which 64 were cached are `input: 56, input_cached_tokens: 64`. */
function usageDetailsOf(from: Attributes): Record<string, number> | undefined {
  const usage = usageOf(from);
  if (usage === undefined) return undefined;
  const details: Record<string, number> = {
    input: Math.max(0, usage.input - usage.cacheRead - usage.cacheWrite - usage.audioInput),
    output: Math.max(0, usage.output - usage.reasoning - usage.audioOutput),
    total: usage.input + usage.output,
  };
  const putPart = (name: string, value: number): void => {
    if (value > 0) details[name] = value;
  };
  putPart("input_cached_tokens", usage.cacheRead);
  putPart("input_cache_creation", usage.cacheWrite);
  putPart("input_audio_tokens", usage.audioInput);
  putPart("output_reasoning_tokens", usage.reasoning);
  putPart("output_audio_tokens", usage.audioOutput);
  return details;
}

/** The moment of the first token as Langfuse's SDK writes it: a date in JSON, quotes included. */
function firstTokenTime({ startNs, attributes }: FinishedSpan): string | undefined {
  const seconds = numberOf(attributes, genAi.responseTimeToFirstChunk);
  if (seconds === undefined) return undefined;
  return JSON.stringify(new Date(Number(startNs / 1_000_000n) + seconds * 1000));
}

/** Versions of managed prompts are whole numbers; others stay text. */
function readVersion(version: string | number | undefined): string | number | undefined {
  return typeof version === "string" && /^\d+$/.test(version) ? Number(version) : version;
}

function toJson(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}
