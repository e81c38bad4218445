import type { Message, MessagePart, RetrievedDocument } from "@spanlight/contract";
import { type ContentMap, isRecord, parseText, readValue } from "./content-map.ts";
import type { PartlySaid } from "./said.ts";
import { toDocuments } from "./to-documents.ts";
import { toMessages } from "./to-messages.ts";
import { toParts, toToolCalls } from "./to-parts.ts";

/** The Vercel AI SDK's own attributes (`ai.*`), versions 3 to 7. Embeddings themselves are numbers and not shown. */
export function readVercelAi(content: ContentMap): PartlySaid {
  const prompt = readValue(content, "ai.prompt");
  const messages = toMessages(readValue(content, "ai.prompt.messages"), "user");
  return {
    inputMessages: messages.length > 0 ? messages : [...readPrompt(prompt), ...readSaid(content)],
    outputMessages: readResponse(content),
    systemInstructions: isRecord(prompt) ? toParts(prompt["system"]) : [],
    toolDefinitions: readTools(content),
    documents: readRanked(content),
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

/** What was embedded: one JSON text, or a list of them. What was to be spoken, or decided on. */
function readSaid(content: ContentMap): Message[] {
  const keys = ["ai.value", "ai.values", "ai.request.text", "ai.decision.state", "ai.decision.questions"];
  const values = keys.map((key) => readValue(content, key)).flat();
  return values
    .filter((value) => value !== undefined)
    .map((value) => ({ role: "user", parts: toParts(typeof value === "string" ? parseText(value) : value) }));
}

function readResponse(content: ContentMap): Message[] {
  const either = (name: string): unknown =>
    readValue(content, `ai.response.${name}`) ?? readValue(content, `ai.result.${name}`);
  const text = content["ai.response.text"] ?? content["ai.result.text"];
  const object = either("object") ?? readValue(content, "ai.decision.answers");
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
  return readTexts(content, "ai.prompt.tools");
}

/** What was ranked: JSON texts in the order given, and with the ranking in that of their scores. */
function readRanked(content: ContentMap): RetrievedDocument[] {
  const documents = toDocuments(readTexts(content, "ai.documents"));
  const ranking = readTexts(content, "ai.ranking").filter(isRecord);
  if (ranking.length === 0) return documents;
  return ranking.flatMap(({ index, relevanceScore }) => {
    const document = documents[Number(index)];
    return document === undefined ? [] : [{ ...document, score: Number(relevanceScore) }];
  });
}

function readTexts(content: ContentMap, key: string): unknown[] {
  const list = readValue(content, key);
  return Array.isArray(list) ? list.map((item) => (typeof item === "string" ? parseText(item) : item)) : [];
}
