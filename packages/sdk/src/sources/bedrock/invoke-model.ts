import type { CallRecord, ContentReader, TokenUsage } from "../../call-record.ts";
import type { InputMessage, MessagePart, OutputMessage } from "../../message.ts";
import { messagesApi } from "../anthropic/messages.ts";
import { countCharacters, estimateUsage } from "../estimate-usage.ts";
import { fieldsOf, listOf, numberOf, parseJson, textOf, type Fields } from "../read-value.ts";
import type { StreamReader } from "../stream-reader.ts";
import { ConverseContent } from "./converse-content.ts";
import { ConverseStreamReader, readConverseRequest, readConverseResponse } from "./converse.ts";

/** A format InvokeModel carries: the model's own, whatever its maker chose. */
type Family = "anthropic" | "nova" | "text";

/** The family by what the request looks like. */
function familyOf(body: Fields): Family {
  if ("anthropic_version" in body) return "anthropic";
  return Array.isArray(body["messages"]) && ("inferenceConfig" in body || "schemaVersion" in body)
    ? "nova"
    : "text";
}

/** JSON of a request or response body. */
export function readBody(body: unknown): Fields {
  if (typeof body === "string") return fieldsOf(parseJson(body));
  return body instanceof Uint8Array ? fieldsOf(parseJson(Buffer.from(body).toString())) : {};
}

/** A prompt and a text: what the older models take and give. */
class TextContent implements ContentReader {
  readonly prompt: string;
  texts: readonly string[] = [];
  finishReason = "";

  constructor(prompt: string) {
    this.prompt = prompt;
  }

  readInput(): readonly InputMessage[] {
    return [{ role: "user", parts: [{ type: "text", content: this.prompt }] }];
  }

  readSystem(): readonly MessagePart[] {
    return [];
  }

  readOutput(): readonly OutputMessage[] {
    return this.texts.map((content) => ({
      role: "assistant",
      parts: [{ type: "text", content }],
      finish_reason: this.finishReason,
    }));
  }

  readTools(): readonly unknown[] {
    return [];
  }
}

/** Reads the body of InvokeModel into the record. */
export function readInvokeRequest(record: CallRecord, body: Fields): void {
  const family = familyOf(body);
  if (family === "anthropic") return messagesApi.readRequest(record, body);
  if (family === "nova") return readConverseRequest(record, body);
  const titan = fieldsOf(body["textGenerationConfig"]);
  record.content = new TextContent(textOf(body["prompt"]) ?? textOf(body["inputText"]) ?? "");
  record.settings = {
    maxTokens:
      numberOf(titan["maxTokenCount"]) ??
      numberOf(body["max_gen_len"]) ??
      numberOf(body["max_tokens_to_sample"]) ??
      numberOf(body["max_tokens"]),
    temperature: numberOf(titan["temperature"]) ?? numberOf(body["temperature"]),
    topP: numberOf(titan["topP"]) ?? numberOf(body["top_p"]) ?? numberOf(body["p"]),
    topK: numberOf(body["top_k"]) ?? numberOf(body["k"]),
  };
}

/** Reads the body of an InvokeModel answer, and what its headers count where the body counts nothing. */
export function readInvokeResponse(record: CallRecord, body: Fields, headers: Fields): void {
  if (record.content instanceof TextContent) readText(record, record.content, body);
  else if ("output" in body) readConverseResponse(record, body);
  else messagesApi.readResponse(record, body);
  record.usage ??= readCounts(headers);
}

/** Token counts that Bedrock puts into headers, whatever the model. */
function readCounts(headers: Fields): TokenUsage | undefined {
  const read = (name: string): number | undefined => {
    const text = textOf(headers[`x-amzn-bedrock-${name}-token-count`]);
    return text === undefined ? undefined : numberOf(Number(text));
  };
  return toUsage(read("input"), read("output"));
}

function toUsage(inputTokens: number | undefined, outputTokens: number | undefined): TokenUsage | undefined {
  if (inputTokens === undefined) return undefined;
  return {
    inputTokens,
    outputTokens: outputTokens ?? 0,
    cacheReadTokens: undefined,
    cacheWriteTokens: undefined,
    reasoningTokens: undefined,
  };
}

interface TextAnswer {
  readonly texts: readonly string[];
  readonly finishReason: string | undefined;
  readonly usage: TokenUsage | undefined;
}

/** The first of these fields that holds text. */
function findText(fields: Fields, names: readonly string[]): string | undefined {
  return names.map((name) => textOf(fields[name])).find((text) => text !== undefined);
}

const reasonNames = ["stop_reason", "completionReason", "finish_reason"];

/** Titan, Llama, Claude 2, Mistral and Cohere, each with its own names; also for one event of their streams. */
function readAnswer(body: Fields): TextAnswer {
  const list = ["results", "outputs", "generations"].flatMap((name) => listOf(body[name])).map(fieldsOf);
  const first = list[0] ?? {};
  const own = findText(body, ["generation", "completion", "outputText", "text"]);
  const listed = list.flatMap((item) => findText(item, ["outputText", "text"]) ?? []);
  return {
    texts: own === undefined ? listed : [own],
    finishReason: findText(body, reasonNames) ?? findText(first, reasonNames),
    usage: readMetrics(body, first),
  };
}

function readMetrics(body: Fields, first: Fields): TokenUsage | undefined {
  const metrics = fieldsOf(body["amazon-bedrock-invocationMetrics"]);
  const input = metrics["inputTokenCount"] ?? body["prompt_token_count"] ?? body["inputTextTokenCount"];
  const output = metrics["outputTokenCount"] ?? body["generation_token_count"] ?? first["tokenCount"];
  return toUsage(numberOf(input), numberOf(output));
}

function readText(record: CallRecord, content: TextContent, body: Fields): void {
  const { texts, finishReason, usage } = readAnswer(body);
  record.usage = usage;
  record.finishReasons = finishReason === undefined ? [] : [finishReason];
  content.texts = texts;
  content.finishReason = finishReason ?? "";
}

/** The reader for the events of InvokeModelWithResponseStream, which carry JSON in `chunk.bytes`. */
export function createInvokeReader(record: CallRecord): StreamReader {
  const inner = innerReader(record);
  return {
    read: (event) => inner.read(readBody(fieldsOf(event["chunk"])["bytes"])),
    finish: () => inner.finish(),
  };
}

function innerReader(record: CallRecord): StreamReader {
  if (record.content instanceof TextContent) return new TextStreamReader(record, record.content);
  return record.content instanceof ConverseContent
    ? new ConverseStreamReader(record)
    : messagesApi.createReader(record);
}

class TextStreamReader implements StreamReader {
  readonly #record: CallRecord;
  readonly #content: TextContent;
  #text = "";

  constructor(record: CallRecord, content: TextContent) {
    this.#record = record;
    this.#content = content;
  }

  read(event: Fields): boolean {
    const { texts, finishReason, usage } = readAnswer(event);
    const text = texts.join("");
    this.#text += text;
    if (finishReason !== undefined) this.#record.finishReasons = [finishReason];
    if (usage !== undefined && (usage.outputTokens > 0 || this.#record.usage === undefined))
      this.#record.usage = usage;
    return text !== "";
  }

  finish(): void {
    this.#content.texts = [this.#text];
    this.#content.finishReason = this.#record.finishReasons[0] ?? "";
    estimateUsage(this.#record, countCharacters(this.#content.prompt), this.#text.length);
  }
}
