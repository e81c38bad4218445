import type { Attributes } from "@opentelemetry/api";
import { app, genAi, general } from "@spanlight/conventions";
import type { FinishedSpan } from "../../tracing/finished-span.ts";
import { readInputChat, readOutputChat, readTools } from "./chat-messages.ts";
import {
  listOf,
  metadataOf,
  roleOf,
  textOf,
  usageOf,
  withoutContent,
  type SpanRole,
  type SpanUsage,
} from "./read-span.ts";

const runTypes: Readonly<Record<SpanRole, string>> = {
  llm: "llm",
  embedding: "embedding",
  tool: "tool",
  retriever: "retriever",
  agent: "chain",
  chain: "chain",
  guard: "chain",
  step: "chain",
  other: "chain",
};

/**
 * What LangSmith reads beside the GenAI conventions. Source: the names of langsmith 0.10 (experimental/otel/constants) and the
 * mapping in its guide "Trace with OpenTelemetry".
 */
export function toLangSmith(span: FinishedSpan): FinishedSpan {
  const role = roleOf(span);
  const from = span.attributes;
  const attributes = withoutContent(from);
  attributes["langsmith.span.kind"] = runTypes[role];
  const tags = listOf(from, app.tags);
  if (tags.length > 0) attributes["langsmith.span.tags"] = tags.join(", ");
  putMetadata(attributes, from);
  if (role === "llm" || role === "embedding") putModelCall(attributes, from);
  else putWork(attributes, from);
  return { ...span, attributes };
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
  const metadata: Record<string, unknown> = metadataOf(from);
  for (const [name, key] of metadataNames) if (from[name] !== undefined) metadata[key] = from[name];
  // A thread of LangSmith is what has one of these three keys; a session of ours is one.
  const session = textOf(from, general.sessionId) ?? textOf(from, genAi.conversationId);
  if (session !== undefined) metadata["session_id"] = session;
  for (const [key, value] of Object.entries(metadata))
    attributes[`langsmith.metadata.${key}`] = String(value);
}

function putModelCall(attributes: Attributes, from: Attributes): void {
  const provider = textOf(from, genAi.providerName);
  if (provider !== undefined) {
    attributes["gen_ai.system"] = provider;
    attributes["langsmith.metadata.ls_provider"] = provider;
  }
  const model = textOf(from, genAi.responseModel) ?? textOf(from, genAi.requestModel);
  if (model !== undefined) attributes["langsmith.metadata.ls_model_name"] = model;
  const usage = usageOf(from);
  if (usage !== undefined) attributes["langsmith.usage_metadata"] = JSON.stringify(usageMetadataOf(usage));
  const messages = readInputChat(from);
  const tools = readTools(from);
  if (messages !== undefined)
    attributes["gen_ai.prompt"] = JSON.stringify({ messages, ...(tools.length > 0 ? { tools } : {}) });
  const said = readOutputChat(from);
  if (said !== undefined) attributes["gen_ai.completion"] = JSON.stringify({ messages: said });
}

/** Input includes cached tokens and output reasoning, as in the conventions. */
function usageMetadataOf(usage: SpanUsage): object {
  const keepPositive = (details: Record<string, number>): Record<string, number> =>
    Object.fromEntries(Object.entries(details).filter(([, value]) => value > 0));
  return {
    input_tokens: usage.input,
    output_tokens: usage.output,
    total_tokens: usage.input + usage.output,
    input_token_details: keepPositive({
      cache_read: usage.cacheRead,
      cache_creation: usage.cacheWrite,
      audio: usage.audioInput,
    }),
    output_token_details: keepPositive({ reasoning: usage.reasoning, audio: usage.audioOutput }),
  };
}

function putWork(attributes: Attributes, from: Attributes): void {
  const input = textOf(from, genAi.toolCallArguments) ?? textOf(from, genAi.retrievalQueryText);
  const output = textOf(from, genAi.toolCallResult) ?? textOf(from, genAi.retrievalDocuments);
  if (input !== undefined) attributes["gen_ai.prompt"] = input;
  if (output !== undefined) attributes["gen_ai.completion"] = output;
}
