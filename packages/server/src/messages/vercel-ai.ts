import type { Message, MessagePart } from "@spanlight/contract";
import { type ContentMap, isRecord, parseText, readValue } from "./content-map.ts";
import type { PartlySaid } from "./said.ts";
import { toMessages } from "./to-messages.ts";
import { toParts, toToolCalls } from "./to-parts.ts";

/** The Vercel AI SDK's own attributes (`ai.*`), versions 3 to 6. Embeddings themselves are numbers and not shown. */
export function readVercelAi(content: ContentMap): PartlySaid {
  const prompt = readValue(content, "ai.prompt");
  const messages = toMessages(readValue(content, "ai.prompt.messages"), "user");
  return {
    inputMessages: messages.length > 0 ? messages : [...readPrompt(prompt), ...readEmbedded(content)],
    outputMessages: readResponse(content),
    systemInstructions: isRecord(prompt) ? toParts(prompt["system"]) : [],
    toolDefinitions: readTools(content),
    toolArguments: readValue(content, "ai.toolCall.args") ?? readValue(content, "ai.toolCall.input"),
    toolResult: readValue(content, "ai.toolCall.result") ?? readValue(content, "ai.toolCall.output"),
  };
}

/** `ai.prompt` is `{ system?, prompt? , messages? }`. */
function readPrompt(prompt: unknown): Message[] {
  if (!isRecord(prompt)) return toMessages(prompt, "user");
  const listed = toMessages(prompt["messages"], "user");
  return listed.length > 0 ? listed : toMessages(prompt["prompt"], "user");
}

/** What was embedded: one JSON text, or a list of them. */
function readEmbedded(content: ContentMap): Message[] {
  const values = [readValue(content, "ai.value"), readValue(content, "ai.values")].flat();
  return values
    .filter((value) => value !== undefined)
    .map((value) => ({ role: "user", parts: toParts(typeof value === "string" ? parseText(value) : value) }));
}

function readResponse(content: ContentMap): Message[] {
  const either = (name: string): unknown =>
    readValue(content, `ai.response.${name}`) ?? readValue(content, `ai.result.${name}`);
  const text = content["ai.response.text"] ?? content["ai.result.text"];
  const object = either("object");
  const parts: MessagePart[] = [
    ...toReasoning(either("reasoning")),
    // The text is what the model said, word for word: JSON in it stays text.
    ...(text === undefined || text === "" ? [] : [{ type: "text", content: text }]),
    ...(object === undefined ? [] : toParts(typeof object === "string" ? object : JSON.stringify(object))),
    ...toToolCalls(either("toolCalls")),
    ...toParts(either("files")),
  ];
  if (parts.length === 0) return [];
  const reason = content["ai.response.finishReason"] ?? content["ai.finishReason"];
  return [{ role: "assistant", parts, ...(reason === undefined ? {} : { finish_reason: reason }) }];
}

function toReasoning(reasoning: unknown): MessagePart[] {
  if (typeof reasoning === "string") return [{ type: "reasoning", content: reasoning }];
  return toParts(reasoning);
}

/** A list of JSON texts, one per tool. */
function readTools(content: ContentMap): unknown[] {
  const tools = readValue(content, "ai.prompt.tools");
  return Array.isArray(tools) ? tools.map((tool) => (typeof tool === "string" ? parseText(tool) : tool)) : [];
}
