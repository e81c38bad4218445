import type { Attributes, AttributeValue } from "@opentelemetry/api";
import { app, genAi } from "@spanlight/conventions";
import type { FinishedSpan } from "../../tracing/finished-span.ts";
import { writeMessages, writeTools } from "./openinference-messages.ts";
import {
  isObject,
  listOf,
  metadataOf,
  numberOf,
  parseJson,
  roleOf,
  settingsOf,
  textOf,
  usageOf,
  withoutContent,
  type SpanRole,
} from "./read-span.ts";

const kinds: Readonly<Record<SpanRole, string | undefined>> = {
  llm: "LLM",
  embedding: "EMBEDDING",
  tool: "TOOL",
  agent: "AGENT",
  chain: "CHAIN",
  retriever: "RETRIEVER",
  guard: "GUARDRAIL",
  step: "CHAIN",
  other: undefined,
};

/** In the words of OpenInference, which Phoenix reads. Source: @arizeai/openinference-semantic-conventions 2.12. */
export function toOpenInference(span: FinishedSpan): FinishedSpan {
  const role = roleOf(span);
  const from = span.attributes;
  const attributes = withoutContent(from);
  const put = (name: string, value: AttributeValue | undefined): void => {
    if (value !== undefined) attributes[name] = value;
  };
  // A span of the application itself stands between kinds: Phoenix draws it as a chain.
  put("openinference.span.kind", kinds[role] ?? (span.scope.name === "@spanlight/sdk" ? "CHAIN" : undefined));
  put("agent.name", textOf(from, genAi.agentName));
  putCommon(attributes, from);
  if (role === "llm") putModelCall(attributes, from);
  if (role === "embedding") put("embedding.model_name", modelOf(from));
  if (role === "tool") putTool(attributes, from);
  if (role === "retriever") putRetrieval(attributes, from);
  putUsage(attributes, from);
  return { ...span, attributes };
}

function modelOf(from: Attributes): string | undefined {
  return textOf(from, genAi.responseModel) ?? textOf(from, genAi.requestModel);
}

function putCommon(attributes: Attributes, from: Attributes): void {
  const tags = listOf(from, app.tags);
  if (tags.length > 0) attributes["tag.tags"] = [...tags];
  const metadata: Record<string, unknown> = { ...metadataOf(from) };
  for (const [name, key] of metadataNames) if (from[name] !== undefined) metadata[key] = from[name];
  if (Object.keys(metadata).length > 0) attributes["metadata"] = JSON.stringify(metadata);
  const version = textOf(from, genAi.promptVersion);
  if (version !== undefined) attributes["llm.prompt_template.version"] = version;
  const cost = numberOf(from, app.costUsd);
  if (cost !== undefined) attributes["llm.cost.total"] = cost;
}

const metadataNames = [
  [app.tenantId, "tenant_id"],
  [app.endpoint, "endpoint"],
  [app.release, "release"],
  [genAi.promptName, "prompt_name"],
  [genAi.promptVersion, "prompt_version"],
] as const;

function putModelCall(attributes: Attributes, from: Attributes): void {
  const put = (name: string, value: AttributeValue | undefined): void => {
    if (value !== undefined) attributes[name] = value;
  };
  const provider = textOf(from, genAi.providerName);
  put("llm.system", provider);
  put("llm.provider", provider);
  put("llm.model_name", modelOf(from));
  put("llm.finish_reason", listOf(from, genAi.responseFinishReasons)[0]);
  put("llm.invocation_parameters", JSON.stringify(invocationOf(from)));
  writeMessages(attributes, from);
  writeTools(attributes, from);
  putValue(attributes, "input", textOf(from, genAi.inputMessages));
  putValue(attributes, "output", textOf(from, genAi.outputMessages));
}

function invocationOf(from: Attributes): Record<string, unknown> {
  const { max_tokens, ...settings } = settingsOf(from);
  const model = textOf(from, genAi.requestModel);
  return {
    ...(model === undefined ? {} : { model }),
    ...settings,
    ...(max_tokens === undefined ? {} : { max_completion_tokens: max_tokens }),
  };
}

function putTool(attributes: Attributes, from: Attributes): void {
  const put = (name: string, value: string | undefined): void => {
    if (value !== undefined) attributes[name] = value;
  };
  put("tool.name", textOf(from, genAi.toolName));
  put("tool.description", textOf(from, genAi.toolDescription));
  put("tool_call.id", textOf(from, genAi.toolCallId));
  put("tool.parameters", textOf(from, genAi.toolCallArguments));
  putValue(attributes, "input", textOf(from, genAi.toolCallArguments));
  putValue(attributes, "output", textOf(from, genAi.toolCallResult));
}

function putRetrieval(attributes: Attributes, from: Attributes): void {
  putValue(attributes, "input", textOf(from, genAi.retrievalQueryText));
  const documents = parseJson(textOf(from, genAi.retrievalDocuments));
  if (!Array.isArray(documents)) return;
  documents.filter(isObject).forEach((document, index) => {
    const prefix = `retrieval.documents.${index}.document`;
    const { id, content, score, ...metadata } = document;
    if (typeof id === "string" || typeof id === "number") attributes[`${prefix}.id`] = String(id);
    if (typeof content === "string") attributes[`${prefix}.content`] = content;
    if (typeof score === "number") attributes[`${prefix}.score`] = score;
    if (Object.keys(metadata).length > 0) attributes[`${prefix}.metadata`] = JSON.stringify(metadata);
  });
}

function putUsage(attributes: Attributes, from: Attributes): void {
  const usage = usageOf(from);
  if (usage === undefined) return;
  attributes["llm.token_count.prompt"] = usage.input;
  attributes["llm.token_count.completion"] = usage.output;
  attributes["llm.token_count.total"] = usage.input + usage.output;
  const putDetail = (name: string, value: number): void => {
    if (value > 0) attributes[`llm.token_count.${name}`] = value;
  };
  putDetail("prompt_details.cache_read", usage.cacheRead);
  putDetail("prompt_details.cache_write", usage.cacheWrite);
  putDetail("prompt_details.audio", usage.audioInput);
  putDetail("completion_details.reasoning", usage.reasoning);
  putDetail("completion_details.audio", usage.audioOutput);
}

function putValue(attributes: Attributes, direction: "input" | "output", value: string | undefined): void {
  if (value === undefined) return;
  attributes[`${direction}.value`] = value;
  attributes[`${direction}.mime_type`] = parseJson(value) === undefined ? "text/plain" : "application/json";
}
