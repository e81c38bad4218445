import type { CallRecord, TokenUsage } from "../../call-record.ts";
import { countCharacters, estimateUsage } from "../estimate-usage.ts";
import { fieldsOf, isObject, listOf, numberOf, textOf, type Fields } from "../read-value.ts";
import type { StreamReader } from "../stream-reader.ts";
import { GoogleContent } from "./google-content.ts";
import { GrowingCall } from "./growing-call.ts";

/** Reads a whole answer of `generateContent` into the record. */
export function readGenerated(record: CallRecord, response: Fields): void {
  const candidates = listOf(response["candidates"]);
  readIdentity(record, response);
  record.usage = readUsage(fieldsOf(response["usageMetadata"]));
  record.finishReasons = candidates.flatMap((candidate) => textOf(fieldsOf(candidate)["finishReason"]) ?? []);
  if (record.content instanceof GoogleContent) record.content.candidates = candidates;
}

function readIdentity(record: CallRecord, response: Fields): void {
  record.responseId = textOf(response["responseId"]) ?? record.responseId;
  record.responseModel = textOf(response["modelVersion"]) ?? record.responseModel;
}

/** Google counts thoughts beside the output and tool results beside the prompt; here they are included. */
function readUsage(usage: Fields): TokenUsage | undefined {
  const promptTokens = numberOf(usage["promptTokenCount"]);
  if (promptTokens === undefined) return undefined;
  const reasoningTokens = numberOf(usage["thoughtsTokenCount"]);
  return {
    inputTokens: promptTokens + (numberOf(usage["toolUsePromptTokenCount"]) ?? 0),
    outputTokens: (numberOf(usage["candidatesTokenCount"]) ?? 0) + (reasoningTokens ?? 0),
    cacheReadTokens: numberOf(usage["cachedContentTokenCount"]),
    cacheWriteTokens: undefined,
    reasoningTokens,
  };
}

interface Candidate {
  readonly parts: (Fields | GrowingCall)[];
  finishReason: string | undefined;
}

/** Reads the chunks of `generateContentStream`. */
export class GoogleStreamReader implements StreamReader {
  readonly #record: CallRecord;
  readonly #candidates: Candidate[] = [];
  #outputCharacters = 0;

  constructor(record: CallRecord) {
    this.#record = record;
  }

  read(chunk: Fields): boolean {
    readIdentity(this.#record, chunk);
    this.#record.usage = readUsage(fieldsOf(chunk["usageMetadata"])) ?? this.#record.usage;
    let carriesOutput = false;
    for (const candidate of listOf(chunk["candidates"]).map(fieldsOf)) {
      const index = numberOf(candidate["index"]) ?? 0;
      const known = (this.#candidates[index] ??= { parts: [], finishReason: undefined });
      known.finishReason = textOf(candidate["finishReason"]) ?? known.finishReason;
      for (const part of listOf(fieldsOf(candidate["content"])["parts"]).map(fieldsOf)) {
        carriesOutput = true;
        this.#addPart(known.parts, part);
      }
    }
    return carriesOutput;
  }

  #addPart(parts: (Fields | GrowingCall)[], part: Fields): void {
    this.#outputCharacters += countCharacters(part["text"]);
    const last = parts.at(-1);
    const call = part["functionCall"];
    if (isObject(call)) {
      if (last instanceof GrowingCall && call["name"] === undefined) last.add(call);
      else parts.push(new GrowingCall(call));
      return;
    }
    const isText = typeof part["text"] === "string";
    if (isText && isObject(last) && !(last instanceof GrowingCall) && last["thought"] === part["thought"])
      parts[parts.length - 1] = {
        ...last,
        text: `${textOf(last["text"]) ?? ""}${textOf(part["text"]) ?? ""}`,
      };
    else if (!isText || part["text"] !== "") parts.push(part);
  }

  finish(): void {
    const candidates = this.#candidates.filter((candidate) => candidate !== undefined);
    this.#record.finishReasons = candidates.flatMap(({ finishReason }) => finishReason ?? []);
    const { content } = this.#record;
    if (!(content instanceof GoogleContent)) return;
    content.candidates = candidates.map(({ parts, finishReason }) => ({
      finishReason,
      content: { parts: parts.map(toPart) },
    }));
    if (this.#record.usage === undefined)
      estimateUsage(this.#record, countCharacters(content.input), this.#outputCharacters);
  }
}

function toPart(part: Fields | GrowingCall): Fields {
  if (!(part instanceof GrowingCall)) return part;
  return { functionCall: { id: part.id, name: part.name, args: part.args } };
}
