import { operations } from "@spanlight/conventions";
import type { CallRecord, ContentReader } from "../../call-record.ts";
import type { InputMessage, MessagePart, OutputMessage } from "../../message.ts";
import { fieldsOf, listOf, numberOf, textOf, type Fields } from "../read-value.ts";
import { countCharacters, estimateUsage } from "../estimate-usage.ts";
import type { ClientApi } from "../stainless/client-api.ts";
import type { StreamReader } from "../stream-reader.ts";
import { readUsage } from "./read-usage.ts";

/** The old text completions API. */
export const completionsApi: ClientApi = {
  source: "openai",
  defaultProvider: "openai",
  operation: operations.textCompletion,
  apiType: undefined,
  hasStreamOptions: true,
  readRequest,
  readResponse,
  createReader: (record) => new CompletionStreamReader(record),
};

interface CompletionChoice {
  readonly text: string;
  readonly finishReason: string;
}

class CompletionContent implements ContentReader {
  readonly prompts: readonly string[];
  choices: readonly CompletionChoice[] = [];

  constructor(prompts: readonly string[]) {
    this.prompts = prompts;
  }

  readInput(): readonly InputMessage[] {
    return this.prompts.map((content) => ({ role: "user", parts: [{ type: "text", content }] }));
  }

  readSystem(): readonly MessagePart[] {
    return [];
  }

  readOutput(): readonly OutputMessage[] {
    return this.choices.map(({ text, finishReason }) => ({
      role: "assistant",
      parts: [{ type: "text", content: text }],
      finish_reason: finishReason,
    }));
  }

  readTools(): readonly unknown[] {
    return [];
  }
}

function contentOf(record: CallRecord): CompletionContent | undefined {
  return record.content instanceof CompletionContent ? record.content : undefined;
}

function readRequest(record: CallRecord, body: Fields): void {
  const prompt = body["prompt"];
  const stop = body["stop"];
  record.settings = {
    maxTokens: numberOf(body["max_tokens"]),
    temperature: numberOf(body["temperature"]),
    topP: numberOf(body["top_p"]),
    frequencyPenalty: numberOf(body["frequency_penalty"]),
    presencePenalty: numberOf(body["presence_penalty"]),
    seed: numberOf(body["seed"]),
    choiceCount: numberOf(body["n"]),
    stopSequences: typeof stop === "string" ? [stop] : (listOf(stop) as readonly string[]),
  };
  const prompts = (typeof prompt === "string" ? [prompt] : listOf(prompt)).filter(
    (item): item is string => typeof item === "string",
  );
  record.content = new CompletionContent(prompts);
}

function readResponse(record: CallRecord, response: Fields): void {
  readIdentity(record, response);
  record.usage = readUsage(response["usage"]);
  const choices = listOf(response["choices"]).map(fieldsOf);
  record.finishReasons = choices.map((choice) => textOf(choice["finish_reason"]) ?? "");
  const content = contentOf(record);
  if (content === undefined) return;
  content.choices = choices.map((choice) => ({
    text: textOf(choice["text"]) ?? "",
    finishReason: textOf(choice["finish_reason"]) ?? "",
  }));
}

function readIdentity(record: CallRecord, response: Fields): void {
  record.responseId = textOf(response["id"]) ?? record.responseId;
  record.responseModel = textOf(response["model"]) ?? record.responseModel;
}

class CompletionStreamReader implements StreamReader {
  readonly #record: CallRecord;
  readonly #choices: { text: string; finishReason: string }[] = [];

  constructor(record: CallRecord) {
    this.#record = record;
  }

  read(chunk: Fields): boolean {
    readIdentity(this.#record, chunk);
    if (chunk["usage"] !== undefined && chunk["usage"] !== null)
      this.#record.usage = readUsage(chunk["usage"]) ?? this.#record.usage;
    let carriesOutput = false;
    for (const item of listOf(chunk["choices"])) {
      const choice = fieldsOf(item);
      const index = numberOf(choice["index"]) ?? 0;
      const parts = (this.#choices[index] ??= { text: "", finishReason: "" });
      const text = textOf(choice["text"]) ?? "";
      parts.text += text;
      parts.finishReason = textOf(choice["finish_reason"]) ?? parts.finishReason;
      if (text !== "") carriesOutput = true;
    }
    return carriesOutput;
  }

  finish(): void {
    const choices = this.#choices.filter((choice) => choice !== undefined);
    this.#record.finishReasons = choices
      .map(({ finishReason }) => finishReason)
      .filter((reason) => reason !== "");
    const content = contentOf(this.#record);
    if (content !== undefined) content.choices = choices;
    estimateUsage(this.#record, countCharacters(content?.prompts), countCharacters(choices));
  }
}
