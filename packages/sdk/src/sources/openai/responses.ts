import { openAi, operations } from "@spanlight/conventions";
import type { CallRecord, ContentReader, TokenUsage } from "../../call-record.ts";
import type { InputMessage, MessagePart, OutputMessage } from "../../message.ts";
import { fieldsOf, listOf, numberOf, textOf, type Fields } from "../read-value.ts";
import { outputTypeOf } from "./chat.ts";
import { readResponsesInput, readResponsesOutput, readResponsesSystem } from "./responses-content.ts";
import { countCharacters, estimateUsage } from "../estimate-usage.ts";
import type { ClientApi } from "../stainless/client-api.ts";
import type { StreamReader } from "../stream-reader.ts";

/** The responses API. */
export const responsesApi: ClientApi = {
  source: "openai",
  defaultProvider: "openai",
  operation: operations.chat,
  apiType: "responses",
  hasStreamOptions: false,
  readRequest,
  readResponse,
  createReader: (record) => new ResponsesStreamReader(record),
};

class ResponsesContent implements ContentReader {
  readonly instructions: unknown;
  readonly input: unknown;
  readonly tools: readonly unknown[];
  output: readonly unknown[] = [];
  finishReason = "";

  constructor(body: Fields) {
    const input = body["input"];
    this.instructions = body["instructions"];
    // A copy of the list: applications append the answer to the one they sent.
    this.input = Array.isArray(input) ? [...(input as readonly unknown[])] : input;
    this.tools = listOf(body["tools"]);
  }

  readInput(): readonly InputMessage[] {
    return readResponsesInput(this.input);
  }

  readSystem(): readonly MessagePart[] {
    return readResponsesSystem(this.instructions, this.input);
  }

  readOutput(): readonly OutputMessage[] {
    return readResponsesOutput(this.output, this.finishReason);
  }

  readTools(): readonly unknown[] {
    return this.tools;
  }
}

function contentOf(record: CallRecord): ResponsesContent | undefined {
  return record.content instanceof ResponsesContent ? record.content : undefined;
}

function readRequest(record: CallRecord, body: Fields): void {
  const conversation = body["conversation"];
  record.toolCount = listOf(body["tools"]).length;
  record.settings = {
    maxTokens: numberOf(body["max_output_tokens"]),
    temperature: numberOf(body["temperature"]),
    topP: numberOf(body["top_p"]),
    outputType: outputTypeOf(fieldsOf(fieldsOf(body["text"])["format"])["type"]),
    serviceTier: textOf(body["service_tier"]),
    reasoningLevel: textOf(fieldsOf(body["reasoning"])["effort"]),
    conversationId: textOf(conversation) ?? textOf(fieldsOf(conversation)["id"]),
    previousResponseId: textOf(body["previous_response_id"]),
  };
  record.content = new ResponsesContent(body);
}

function readResponse(record: CallRecord, response: Fields): void {
  readIdentity(record, response);
  record.usage = readUsage(response["usage"]);
  const output = listOf(response["output"]);
  const reason = finishReasonOf(response, output);
  record.finishReasons = reason === undefined ? [] : [reason];
  const content = contentOf(record);
  if (content !== undefined) {
    content.finishReason = reason ?? "";
    if (output.length > 0 || content.output.length === 0) content.output = output;
  }
  const failure = response["error"];
  if (failure !== undefined && failure !== null) record.error = readFailure(fieldsOf(failure));
}

function readIdentity(record: CallRecord, response: Fields): void {
  record.responseId = textOf(response["id"]) ?? record.responseId;
  record.responseModel = textOf(response["model"]) ?? record.responseModel;
  const tier = textOf(response["service_tier"]);
  if (tier !== undefined) record.attributes[openAi.responseServiceTier] = tier;
}

function readUsage(value: unknown): TokenUsage | undefined {
  const usage = fieldsOf(value);
  const inputTokens = numberOf(usage["input_tokens"]);
  if (inputTokens === undefined) return undefined;
  const input = fieldsOf(usage["input_tokens_details"]);
  return {
    inputTokens,
    outputTokens: numberOf(usage["output_tokens"]) ?? 0,
    cacheReadTokens: numberOf(input["cached_tokens"]),
    cacheWriteTokens: numberOf(input["cache_write_tokens"]),
    reasoningTokens: numberOf(fieldsOf(usage["output_tokens_details"])["reasoning_tokens"]),
  };
}

function readFailure(failure: Fields): NonNullable<CallRecord["error"]> {
  const code = textOf(failure["code"]);
  return { type: code ?? "failed", code, message: textOf(failure["message"]) ?? "the response failed" };
}

/** The convention's finish reasons from a response's status and what it ends in. */
function finishReasonOf(response: Fields, output: readonly unknown[]): string | undefined {
  switch (response["status"]) {
    case "completed":
      return output.some((item) => fieldsOf(item)["type"] === "function_call") ? "tool_calls" : "stop";
    case "incomplete": {
      const reason = textOf(fieldsOf(response["incomplete_details"])["reason"]);
      return reason === "max_output_tokens" ? "length" : (reason ?? "incomplete");
    }
    case "failed":
      return "error";
    default:
      return textOf(response["status"]);
  }
}

/** Events that say a response exists, but carry nothing of it yet. */
const announcements: ReadonlySet<string> = new Set([
  "response.created",
  "response.in_progress",
  "response.queued",
]);

class ResponsesStreamReader implements StreamReader {
  readonly #record: CallRecord;
  readonly #items: unknown[] = [];
  #outputCharacters = 0;
  #text = "";

  constructor(record: CallRecord) {
    this.#record = record;
  }

  read(event: Fields): boolean {
    const type = textOf(event["type"]) ?? "";
    const delta = event["delta"];
    if (typeof delta === "string") {
      this.#outputCharacters += delta.length;
      if (type === "response.output_text.delta") this.#text += delta;
      return true;
    }
    if (type === "response.output_item.done") {
      this.#items.push(event["item"]);
      this.#text = "";
    }
    if (type === "error") this.#record.error = readFailure(event);
    const response = event["response"];
    if (typeof response === "object" && response !== null) this.#readState(type, fieldsOf(response));
    return !announcements.has(type) && type !== "error";
  }

  #readState(type: string, response: Fields): void {
    if (announcements.has(type)) {
      readIdentity(this.#record, response);
      return;
    }
    const content = contentOf(this.#record);
    if (content !== undefined) content.output = this.#items;
    readResponse(this.#record, response);
  }

  finish(): void {
    const record = this.#record;
    const content = contentOf(record);
    if (content !== undefined && content.output.length === 0) content.output = this.#gathered();
    if (record.usage === undefined)
      estimateUsage(
        record,
        countCharacters(content?.input) + countCharacters(content?.instructions),
        this.#outputCharacters,
      );
  }

  /** Items that were completed, and the text of the one that was not. */
  #gathered(): unknown[] {
    if (this.#text === "") return this.#items;
    const text = { type: "output_text", text: this.#text };
    return [...this.#items, { type: "message", role: "assistant", content: [text] }];
  }
}
