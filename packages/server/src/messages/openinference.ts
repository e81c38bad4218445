import type { Message, RetrievedDocument } from "@spanlight/contract";
import { type ContentMap, isRecord, parseText, readValue, unflatten } from "./content-map.ts";
import type { PartlySaid, SpanNature } from "./said.ts";
import { toDocuments } from "./to-documents.ts";
import { toMessages } from "./to-messages.ts";

/** OpenInference: messages and documents spread over numbered keys, `input.value` and `output.value` beside them. */
export function readOpenInference(content: ContentMap, { spanType }: SpanNature): PartlySaid {
  const input = readValue(content, "input.value");
  const output = readValue(content, "output.value");
  const documents = readDocuments(content);
  if (spanType === "tool") {
    return { toolArguments: input ?? readValue(content, "tool.parameters"), toolResult: output };
  }
  return {
    inputMessages: firstOf(
      readMessages(content, "llm.input_messages."),
      readTexts(content, { prefix: "llm.prompts.", item: "prompt", role: "user" }),
      readTexts(content, { prefix: "embedding.embeddings.", item: "embedding", role: "user" }),
      toMessages(input, "user"),
    ),
    outputMessages: firstOf(
      readMessages(content, "llm.output_messages."),
      readTexts(content, { prefix: "llm.choices.", item: "completion", role: "assistant" }),
      documents.length > 0 || spanType === "embedding" ? [] : toMessages(output, "assistant"),
    ),
    toolDefinitions: readTools(content),
    documents,
  };
}

function firstOf(...lists: Message[][]): Message[] {
  return lists.find((list) => list.length > 0) ?? [];
}

function listBelow(content: ContentMap, prefix: string): Array<Record<string, unknown>> {
  const list = unflatten(content, prefix);
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

/** `llm.input_messages.N.message.{role, content, contents.M.message_content.*, tool_calls.K.tool_call.*, tool_call_id}` */
function readMessages(content: ContentMap, prefix: string): Message[] {
  return listBelow(content, prefix).flatMap((entry) => {
    const { message } = entry;
    if (!isRecord(message)) return [];
    const { contents, tool_calls: calls, ...fields } = message;
    const parts = listOf(contents, "message_content").map(flattenImage);
    const flat = {
      ...fields,
      ...(parts.length === 0 ? {} : { content: parts }),
      ...(calls === undefined ? {} : { tool_calls: listOf(calls, "tool_call") }),
    };
    return toMessages({ role: "user", ...flat }, "user");
  });
}

function listOf(value: unknown, name: string): Array<Record<string, unknown>> {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).flatMap((item) => {
    const inner = item[name];
    return isRecord(inner) ? [inner] : [];
  });
}

/** `message_content.image.image.url` holds an address or a data URL. */
function flattenImage(part: Record<string, unknown>): Record<string, unknown> {
  const outer = part["image"];
  return isRecord(outer) && isRecord(outer["image"]) ? { ...part, image: outer["image"] } : part;
}

function readTexts(content: ContentMap, spread: { prefix: string; item: string; role: string }): Message[] {
  return listBelow(content, spread.prefix).flatMap((entry) => {
    const inner = entry[spread.item];
    const text = isRecord(inner) ? inner["text"] : undefined;
    return typeof text === "string" && text !== ""
      ? [{ role: spread.role, parts: [{ type: "text", content: text }] }]
      : [];
  });
}

function readDocuments(content: ContentMap): RetrievedDocument[] {
  const retrieved = listBelow(content, "retrieval.documents.");
  const entries = retrieved.length > 0 ? retrieved : listBelow(content, "reranker.output_documents.");
  return toDocuments(entries.map((entry) => entry["document"]).filter(isRecord));
}

function readTools(content: ContentMap): unknown[] {
  return listBelow(content, "llm.tools.").flatMap((entry) => {
    const tool = isRecord(entry["tool"]) ? entry["tool"] : entry;
    const schema = tool["json_schema"] ?? tool;
    return [typeof schema === "string" ? parseText(schema) : schema];
  });
}
