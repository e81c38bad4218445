import type { Attributes } from "@opentelemetry/api";
import { app, genAi, general } from "@spanlight/conventions";
import type { FinishedSpan } from "../../tracing/finished-span.ts";
import { listOf, metadataOf, roleOf, textOf, usageOf } from "./read-span.ts";

/** Names whose first match Opik takes for something else than what they say, or that it cannot use. */
const dropped: ReadonlySet<string> = new Set([
  app.tags,
  genAi.toolCallArguments,
  genAi.toolCallResult,
  genAi.retrievalDocuments,
  genAi.retrievalQueryText,
  genAi.usageCacheReadInputTokens,
  genAi.usageCacheCreationInputTokens,
  genAi.usageReasoningOutputTokens,
]);

/**
 * What Opik's mapping rules read: the GenAI conventions with the provider under its older name, OpenInference's words for tools
 * and retrievals, and `opik.*`. Source: comet-ml/opik, domain/mapping/otel.
 */
export function toOpik(span: FinishedSpan): FinishedSpan {
  const role = roleOf(span);
  const from = span.attributes;
  const attributes: Attributes = {};
  for (const name in from) if (!dropped.has(name)) attributes[name] = from[name];
  const provider = textOf(from, genAi.providerName);
  if (provider !== undefined) attributes["gen_ai.system"] = provider;
  const thread = textOf(from, general.sessionId) ?? textOf(from, genAi.conversationId);
  if (thread !== undefined) attributes["thread_id"] = thread;
  const tags = listOf(from, app.tags);
  if (tags.length > 0) attributes["opik.tags"] = [...tags];
  putMetadata(attributes, from);
  putUsage(attributes, from);
  if (role === "tool") attributes["tool.name"] = textOf(from, genAi.toolName) ?? span.name;
  putWork(attributes, from);
  return { ...span, attributes };
}

function putWork(attributes: Attributes, from: Attributes): void {
  const input = textOf(from, genAi.toolCallArguments) ?? textOf(from, genAi.retrievalQueryText);
  const output = textOf(from, genAi.toolCallResult) ?? textOf(from, genAi.retrievalDocuments);
  if (input !== undefined) attributes["input.value"] = input;
  if (output !== undefined) attributes["output.value"] = output;
}

const metadataNames = [
  [general.userId, "user_id"],
  [app.tenantId, "tenant_id"],
  [app.endpoint, "endpoint"],
  [app.release, "release"],
  [genAi.promptName, "prompt_name"],
  [genAi.promptVersion, "prompt_version"],
] as const;

function putMetadata(attributes: Attributes, from: Attributes): void {
  const metadata: Record<string, string | number | boolean> = metadataOf(from);
  for (const [name, key] of metadataNames) {
    const value = textOf(from, name);
    if (value !== undefined) metadata[key] = value;
  }
  for (const [key, value] of Object.entries(metadata)) attributes[`opik.metadata.${key}`] = value;
}

/** Opik keeps each `gen_ai.usage.*` under what follows the prefix: the details by the names its price table knows. */
function putUsage(attributes: Attributes, from: Attributes): void {
  const usage = usageOf(from);
  if (usage === undefined) return;
  attributes["gen_ai.usage.total_tokens"] = usage.input + usage.output;
  if (usage.cacheRead > 0) attributes["gen_ai.usage.cache_read_input_tokens"] = usage.cacheRead;
  if (usage.cacheWrite > 0) attributes["gen_ai.usage.cache_creation_input_tokens"] = usage.cacheWrite;
  if (usage.reasoning > 0) attributes["gen_ai.usage.reasoning_tokens"] = usage.reasoning;
}
