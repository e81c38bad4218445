import type { CallRecord } from "../../call-record.ts";
import { countCharacters, estimateUsage } from "../estimate-usage.ts";
import { fieldsOf, listOf, numberOf, textOf, type Fields } from "../read-value.ts";
import type { StreamReader } from "../stream-reader.ts";
import { CohereContent } from "./cohere-content.ts";

/** Fills the record from a whole answer of either version of the chat API, or of the generate API. */
export function readAnswer(record: CallRecord, answer: Fields): void {
  record.responseId = textOf(answer["id"]) ?? textOf(answer["generationId"]) ?? record.responseId;
  const generations = listOf(answer["generations"]).map(fieldsOf);
  // What the client does not know it passes on under the wire's name.
  const reasons = [answer, ...generations].flatMap(
    (each) => textOf(each["finishReason"] ?? each["finish_reason"]) ?? [],
  );
  if (reasons.length > 0) record.finishReasons = reasons;
  readUsage(record, fieldsOf(answer["usage"] ?? answer["meta"]));
  const message = fieldsOf(answer["message"]);
  const old =
    typeof answer["text"] === "string" ? [{ content: answer["text"], toolCalls: answer["toolCalls"] }] : [];
  const said =
    "message" in answer ? [message] : [...old, ...generations.map(({ text }) => ({ content: text }))];
  setOutput(record, said);
}

/** Fills the record from the answer to a request for embeddings. */
export function readEmbeddings(record: CallRecord, answer: Fields): void {
  record.responseId = textOf(answer["id"]);
  readUsage(record, fieldsOf(answer["meta"]));
}

/** The billed tokens, which are what counts where there are both; what was read from a cache is billed to nobody. */
function readUsage(record: CallRecord, usage: Fields): void {
  const billed = fieldsOf(usage["billedUnits"]);
  const counted = fieldsOf(usage["tokens"]);
  const inputTokens = numberOf(billed["inputTokens"]) ?? numberOf(counted["inputTokens"]);
  const outputTokens = numberOf(billed["outputTokens"]) ?? numberOf(counted["outputTokens"]);
  if (inputTokens === undefined && outputTokens === undefined) return;
  record.usage = {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    cacheReadTokens: undefined,
    cacheWriteTokens: undefined,
    reasoningTokens: undefined,
  };
}

function setOutput(record: CallRecord, messages: readonly Fields[]): void {
  if (!(record.content instanceof CohereContent)) return;
  record.content.output = messages;
  record.content.finishReason = record.finishReasons[0] ?? "";
}

interface GrowingCall {
  readonly id: unknown;
  readonly name: unknown;
  arguments: string;
}

/** Reads the events of a chat stream, of either version of the API. */
export class CohereStreamReader implements StreamReader {
  readonly #record: CallRecord;
  readonly #calls = new Map<number, GrowingCall>();
  #whole: Fields | undefined;
  #text = "";
  #thinking = "";
  #plan = "";

  constructor(record: CallRecord) {
    this.#record = record;
  }

  read(event: Fields): boolean {
    const type = textOf(event["type"]) ?? textOf(event["eventType"]) ?? "";
    const delta = fieldsOf(event["delta"]);
    const message = fieldsOf(delta["message"]);
    const read = readers[type];
    if (read === undefined) return false;
    return read(this, { event, delta, message });
  }

  begin({ event }: CohereEvent): boolean {
    this.#record.responseId = textOf(event["id"]) ?? textOf(event["generationId"]);
    return false;
  }

  addContent({ message }: CohereEvent): boolean {
    const content = fieldsOf(message["content"]);
    const text = textOf(content["text"]) ?? "";
    const thinking = textOf(content["thinking"]) ?? "";
    this.#text += text;
    this.#thinking += thinking;
    return text + thinking !== "";
  }

  addText(text: unknown): boolean {
    this.#text += textOf(text) ?? "";
    return true;
  }

  addPlan({ message }: CohereEvent): boolean {
    this.#plan += textOf(message["toolPlan"]) ?? "";
    return true;
  }

  addCall({ event, message }: CohereEvent): boolean {
    const index = numberOf(event["index"]) ?? 0;
    const call = fieldsOf(message["toolCalls"]);
    const details = fieldsOf(call["function"]);
    const given = textOf(details["arguments"]) ?? "";
    const known = this.#calls.get(index);
    if (known === undefined)
      this.#calls.set(index, { id: call["id"], name: details["name"], arguments: given });
    else known.arguments += given;
    return true;
  }

  end({ delta }: CohereEvent): boolean {
    const reason = textOf(delta["finishReason"]);
    if (reason !== undefined) this.#record.finishReasons = [reason];
    readUsage(this.#record, fieldsOf(delta["usage"]));
    return false;
  }

  endOld({ event }: CohereEvent): boolean {
    this.#whole = { ...fieldsOf(event["response"]), finishReason: event["finishReason"] };
    return false;
  }

  finish(): void {
    if (this.#whole !== undefined) readAnswer(this.#record, this.#whole);
    else
      setOutput(this.#record, [
        {
          toolPlan: this.#plan,
          content: [
            ...(this.#thinking === "" ? [] : [{ type: "thinking", thinking: this.#thinking }]),
            { type: "text", text: this.#text },
          ],
          toolCalls: [...this.#calls.values()].map(({ id, name, arguments: given }) => ({
            id,
            function: { name, arguments: given },
          })),
        },
      ]);
    if (this.#record.usage === undefined)
      estimateUsage(this.#record, countCharacters(this.#record.messages), this.#text.length);
  }
}

interface CohereEvent {
  readonly event: Fields;
  readonly delta: Fields;
  readonly message: Fields;
}

const readers: Readonly<Record<string, (reader: CohereStreamReader, event: CohereEvent) => boolean>> = {
  "message-start": (reader, event) => reader.begin(event),
  "stream-start": (reader, event) => reader.begin(event),
  "content-start": (reader, event) => reader.addContent(event),
  "content-delta": (reader, event) => reader.addContent(event),
  "text-generation": (reader, { event }) => reader.addText(event["text"]),
  "tool-plan-delta": (reader, event) => reader.addPlan(event),
  "tool-call-start": (reader, event) => reader.addCall(event),
  "tool-call-delta": (reader, event) => reader.addCall(event),
  "message-end": (reader, event) => reader.end(event),
  "stream-end": (reader, event) => reader.endOld(event),
};
