import { openAi, operations } from "@spanlight/conventions";
import type { CallRecord, ContentReader } from "../../call-record.ts";
import type { InputMessage, MessagePart, OutputMessage } from "../../message.ts";
import { fieldsOf, listOf, numberOf, textOf, type Fields } from "../read-value.ts";
import { readChatInput, readChatOutput, readChatSystem, readThinking } from "./chat-content.ts";
import { countCharacters, estimateUsage } from "../estimate-usage.ts";
import type { ClientApi } from "../stainless/client-api.ts";
import type { StreamReader } from "../stream-reader.ts";
import { readUsage } from "./read-usage.ts";

/** The chat completions API, OpenAI's and everybody's who speaks it. */
export const chatApi: ClientApi = {
  source: "openai",
  defaultProvider: "openai",
  operation: operations.chat,
  apiType: "chat_completions",
  hasStreamOptions: true,
  readRequest,
  readResponse,
  createReader: (record) => new ChatStreamReader(record),
};

/** What was sent and what came, kept until somebody wants it as messages. */
class ChatContent implements ContentReader {
  readonly messages: readonly unknown[];
  readonly tools: readonly unknown[];
  choices: readonly unknown[] = [];

  constructor(messages: readonly unknown[], tools: readonly unknown[]) {
    this.messages = messages;
    this.tools = tools;
  }

  readInput(): readonly InputMessage[] {
    return readChatInput(this.messages);
  }

  readSystem(): readonly MessagePart[] {
    return readChatSystem(this.messages);
  }

  readOutput(): readonly OutputMessage[] {
    return readChatOutput(this.choices);
  }

  readTools(): readonly unknown[] {
    return this.tools;
  }
}

function contentOf(record: CallRecord): ChatContent | undefined {
  return record.content instanceof ChatContent ? record.content : undefined;
}

function readRequest(record: CallRecord, body: Fields): void {
  const tools = listOf(body["tools"] ?? body["functions"]);
  const stop = body["stop"];
  record.toolCount = tools.length;
  record.settings = {
    maxTokens: numberOf(body["max_completion_tokens"]) ?? numberOf(body["max_tokens"]),
    temperature: numberOf(body["temperature"]),
    topP: numberOf(body["top_p"]),
    frequencyPenalty: numberOf(body["frequency_penalty"]),
    presencePenalty: numberOf(body["presence_penalty"]),
    seed: numberOf(body["seed"]),
    choiceCount: numberOf(body["n"]),
    stopSequences: typeof stop === "string" ? [stop] : (listOf(stop) as readonly string[]),
    outputType: outputTypeOf(fieldsOf(body["response_format"])["type"]),
    serviceTier: textOf(body["service_tier"]),
    reasoningLevel: textOf(body["reasoning_effort"]),
  };
  // A copy of the list: applications append the answer to the one they sent.
  record.content = new ChatContent([...listOf(body["messages"])], tools);
}

/** The convention knows text and json. */
export function outputTypeOf(format: unknown): string | undefined {
  if (typeof format !== "string") return undefined;
  return format.startsWith("json") ? "json" : "text";
}

function readResponse(record: CallRecord, response: Fields): void {
  const choices = listOf(response["choices"]);
  readIdentity(record, response);
  record.usage = readUsage(response["usage"]);
  record.finishReasons = choices.map((choice) => textOf(fieldsOf(choice)["finish_reason"]) ?? "");
  const content = contentOf(record);
  if (content !== undefined) content.choices = choices;
}

function readIdentity(record: CallRecord, response: Fields): void {
  record.responseId = textOf(response["id"]) ?? record.responseId;
  const model = textOf(response["model"]);
  if (model !== undefined && model !== "") record.responseModel = model;
  const tier = textOf(response["service_tier"]);
  if (tier !== undefined) record.attributes[openAi.responseServiceTier] = tier;
  const fingerprint = textOf(response["system_fingerprint"]);
  if (fingerprint !== undefined) record.attributes[openAi.responseSystemFingerprint] = fingerprint;
}

interface ToolCallParts {
  id: string | undefined;
  name: string;
  arguments: string;
}

interface ChoiceParts {
  content: string;
  reasoning: string;
  refusal: string;
  finishReason: string | undefined;
  readonly toolCalls: ToolCallParts[];
}

class ChatStreamReader implements StreamReader {
  readonly #record: CallRecord;
  readonly #choices: ChoiceParts[] = [];
  #outputCharacters = 0;
  #identified = false;

  constructor(record: CallRecord) {
    this.#record = record;
  }

  read(chunk: Fields): boolean {
    if (!this.#identified) {
      readIdentity(this.#record, chunk);
      this.#identified = this.#record.responseModel !== undefined && this.#record.responseId !== undefined;
    }
    const usage = chunk["usage"] ?? fieldsOf(chunk["x_groq"])["usage"];
    if (usage !== undefined && usage !== null) {
      this.#record.usage = readUsage(usage) ?? this.#record.usage;
      readIdentity(this.#record, chunk);
    }
    const choices = chunk["choices"];
    if (!Array.isArray(choices)) return false;
    let carriesOutput = false;
    for (const choice of choices) if (this.#readChoice(fieldsOf(choice))) carriesOutput = true;
    return carriesOutput;
  }

  #readChoice(choice: Fields): boolean {
    const parts = this.#partsOf(numberOf(choice["index"]) ?? 0);
    const finishReason = textOf(choice["finish_reason"]);
    if (finishReason !== undefined) parts.finishReason = finishReason;
    const delta = fieldsOf(choice["delta"]);
    const before = this.#outputCharacters;
    this.#readContent(parts, delta["content"]);
    parts.reasoning += this.#take(delta["reasoning_content"] ?? delta["reasoning"]);
    parts.refusal += this.#take(delta["refusal"]);
    const toolCalls = delta["tool_calls"];
    if (Array.isArray(toolCalls)) for (const call of toolCalls) this.#readToolCall(parts, fieldsOf(call));
    const legacy = delta["function_call"];
    if (legacy !== undefined && legacy !== null) this.#readToolCall(parts, { index: 0, function: legacy });
    return this.#outputCharacters > before || finishReason !== undefined;
  }

  /** Text, or, with some providers, a list of text and thinking. */
  #readContent(parts: ChoiceParts, content: unknown): void {
    if (!Array.isArray(content)) {
      parts.content += this.#take(content);
      return;
    }
    for (const piece of content.map(fieldsOf)) {
      if (piece["type"] === "thinking") parts.reasoning += this.#take(readThinking(piece["thinking"]));
      else parts.content += this.#take(piece["text"]);
    }
  }

  #readToolCall(parts: ChoiceParts, call: Fields): void {
    const index = numberOf(call["index"]) ?? parts.toolCalls.length;
    const details = fieldsOf(call["function"] ?? call["custom"]);
    let known = parts.toolCalls[index];
    if (known === undefined) {
      known = { id: undefined, name: "", arguments: "" };
      parts.toolCalls[index] = known;
    }
    known.id ??= textOf(call["id"]);
    known.name += this.#take(details["name"]);
    known.arguments += this.#take(details["arguments"] ?? details["input"]);
  }

  #take(piece: unknown): string {
    if (typeof piece !== "string") return "";
    this.#outputCharacters += piece.length;
    return piece;
  }

  #partsOf(index: number): ChoiceParts {
    let parts = this.#choices[index];
    if (parts === undefined) {
      parts = { content: "", reasoning: "", refusal: "", finishReason: undefined, toolCalls: [] };
      this.#choices[index] = parts;
    }
    return parts;
  }

  finish(): void {
    const choices = this.#choices.filter((choice) => choice !== undefined);
    this.#record.finishReasons = choices.flatMap(({ finishReason }) => finishReason ?? []);
    const content = contentOf(this.#record);
    if (content !== undefined) content.choices = choices.map(toChoice);
    const input = (): number => countCharacters(content?.messages) + countCharacters(content?.tools);
    if (this.#record.usage === undefined) estimateUsage(this.#record, input(), this.#outputCharacters);
  }
}

/** The gathered parts in the shape a whole answer has. */
function toChoice(parts: ChoiceParts): Fields {
  return {
    finish_reason: parts.finishReason ?? "",
    message: {
      role: "assistant",
      content: parts.content,
      reasoning_content: parts.reasoning,
      refusal: parts.refusal,
      tool_calls: parts.toolCalls
        .filter((call) => call !== undefined)
        .map((call) => ({ id: call.id, function: { name: call.name, arguments: call.arguments } })),
    },
  };
}
