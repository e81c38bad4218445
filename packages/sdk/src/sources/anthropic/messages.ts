import { operations } from "@spanlight/conventions";
import type { CallRecord, ContentReader, TokenUsage } from "../../call-record.ts";
import type { InputMessage, MessagePart, OutputMessage } from "../../message.ts";
import { countCharacters, estimateUsage } from "../estimate-usage.ts";
import { fieldsOf, listOf, numberOf, parseJson, textOf, type Fields } from "../read-value.ts";
import type { ClientApi } from "../stainless/client-api.ts";
import type { StreamReader } from "../stream-reader.ts";
import { readBlocks, readMessages } from "./messages-content.ts";

/** Anthropic's messages API, also on Bedrock and Vertex AI. */
export const messagesApi: ClientApi = {
  source: "anthropic",
  operation: operations.chat,
  apiType: undefined,
  defaultProvider: "anthropic",
  hasStreamOptions: false,
  readRequest,
  readResponse,
  createReader: (record) => new MessageStreamReader(record),
};

class MessagesContent implements ContentReader {
  readonly system: unknown;
  readonly messages: readonly unknown[];
  readonly tools: readonly unknown[];
  blocks: readonly unknown[] = [];
  stopReason = "";

  constructor(body: Fields) {
    this.system = body["system"];
    // A copy of the list: applications append the answer to the one they sent.
    this.messages = [...listOf(body["messages"])];
    this.tools = listOf(body["tools"]);
  }

  readInput(): readonly InputMessage[] {
    return readMessages(this.messages);
  }

  readSystem(): readonly MessagePart[] {
    return readBlocks(this.system);
  }

  readOutput(): readonly OutputMessage[] {
    if (this.blocks.length === 0) return [];
    return [{ role: "assistant", parts: readBlocks(this.blocks), finish_reason: this.stopReason }];
  }

  readTools(): readonly unknown[] {
    return this.tools;
  }
}

function contentOf(record: CallRecord): MessagesContent | undefined {
  return record.content instanceof MessagesContent ? record.content : undefined;
}

function readRequest(record: CallRecord, body: Fields): void {
  const content = new MessagesContent(body);
  record.content = content;
  record.toolCount = content.tools.length;
  record.settings = {
    maxTokens: numberOf(body["max_tokens"]),
    temperature: numberOf(body["temperature"]),
    topP: numberOf(body["top_p"]),
    topK: numberOf(body["top_k"]),
    stopSequences: listOf(body["stop_sequences"]) as readonly string[],
    reasoningLevel: textOf(fieldsOf(body["output_config"])["effort"]),
  };
}

function readResponse(record: CallRecord, response: Fields): void {
  readIdentity(record, response);
  record.usage = readUsage(fieldsOf(response["usage"]));
  finishMessage(record, textOf(response["stop_reason"]), listOf(response["content"]));
}

function readIdentity(record: CallRecord, message: Fields): void {
  record.responseId = textOf(message["id"]) ?? record.responseId;
  record.responseModel = textOf(message["model"]) ?? record.responseModel;
}

function finishMessage(record: CallRecord, stopReason: string | undefined, blocks: readonly unknown[]): void {
  record.finishReasons = stopReason === undefined ? [] : [stopReason];
  const content = contentOf(record);
  if (content === undefined) return;
  content.blocks = blocks;
  content.stopReason = stopReason ?? "";
}

/** Anthropic counts cached tokens beside the input; here input includes them. */
function readUsage(usage: Fields): TokenUsage | undefined {
  const uncached = numberOf(usage["input_tokens"]);
  if (uncached === undefined) return undefined;
  const cacheReadTokens = numberOf(usage["cache_read_input_tokens"]);
  const cacheWriteTokens = numberOf(usage["cache_creation_input_tokens"]);
  return {
    inputTokens: uncached + (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0),
    outputTokens: numberOf(usage["output_tokens"]) ?? 0,
    cacheReadTokens,
    cacheWriteTokens,
    reasoningTokens: numberOf(fieldsOf(usage["output_tokens_details"])["thinking_tokens"]),
  };
}

/** A block as it grows: its start, and what its deltas add. */
interface GrowingBlock {
  readonly start: Fields;
  text: string;
  thinking: string;
  json: string;
}

class MessageStreamReader implements StreamReader {
  readonly #record: CallRecord;
  readonly #blocks: GrowingBlock[] = [];
  #usage: Fields | undefined;
  #stopReason: string | undefined;
  #isComplete = false;
  #outputCharacters = 0;

  constructor(record: CallRecord) {
    this.#record = record;
  }

  read(event: Fields): boolean {
    switch (event["type"]) {
      case "message_start": {
        const message = fieldsOf(event["message"]);
        readIdentity(this.#record, message);
        this.#usage = { ...fieldsOf(message["usage"]) };
        return false;
      }
      case "content_block_start":
        this.#blocks[indexOf(event)] = {
          start: fieldsOf(event["content_block"]),
          text: "",
          thinking: "",
          json: "",
        };
        return false;
      case "content_block_delta":
        return this.#readDelta(this.#blocks[indexOf(event)], fieldsOf(event["delta"]));
      case "message_delta":
        // Its counts are totals, and stand for those of the start.
        this.#usage = { ...this.#usage, ...withoutNulls(fieldsOf(event["usage"])) };
        this.#stopReason = textOf(fieldsOf(event["delta"])["stop_reason"]) ?? this.#stopReason;
        this.#isComplete = true;
        return false;
      default:
        return false;
    }
  }

  #readDelta(block: GrowingBlock | undefined, delta: Fields): boolean {
    if (block === undefined) return false;
    const piece = textOf(delta["text"]) ?? textOf(delta["thinking"]) ?? textOf(delta["partial_json"]) ?? "";
    this.#outputCharacters += piece.length;
    if (delta["type"] === "text_delta") block.text += piece;
    else if (delta["type"] === "thinking_delta") block.thinking += piece;
    else if (delta["type"] === "input_json_delta") block.json += piece;
    return piece !== "";
  }

  finish(): void {
    const blocks = this.#blocks.filter((block) => block !== undefined).map(toBlock);
    finishMessage(this.#record, this.#stopReason, blocks);
    // The output count of the start is that of the first tokens, so a stream cut short has none.
    if (this.#isComplete) this.#record.usage = readUsage(this.#usage ?? {});
    else this.#estimate();
  }

  #estimate(): void {
    const content = contentOf(this.#record);
    estimateUsage(
      this.#record,
      countCharacters(content?.messages) + countCharacters(content?.system),
      this.#outputCharacters,
    );
    const known = readUsage(this.#usage ?? {});
    if (known !== undefined && this.#record.usage !== undefined)
      this.#record.usage = { ...known, outputTokens: this.#record.usage.outputTokens };
  }
}

function indexOf(event: Fields): number {
  return numberOf(event["index"]) ?? 0;
}

function withoutNulls(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** The block in the shape a whole answer has. */
function toBlock({ start, text, thinking, json }: GrowingBlock): Fields {
  if (json !== "") return { ...start, input: parseJson(json) };
  return {
    ...start,
    ...("text" in start ? { text: `${textOf(start["text"]) ?? ""}${text}` } : {}),
    ...("thinking" in start ? { thinking: `${textOf(start["thinking"]) ?? ""}${thinking}` } : {}),
  };
}
