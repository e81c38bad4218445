import type { CallRecord, TokenUsage } from "../../call-record.ts";
import { countCharacters, estimateUsage } from "../estimate-usage.ts";
import { fieldsOf, isObject, listOf, numberOf, parseJson, textOf, type Fields } from "../read-value.ts";
import type { StreamReader } from "../stream-reader.ts";
import { ConverseContent } from "./converse-content.ts";

/** Reads the input of Converse or ConverseStream. */
export function readConverseRequest(record: CallRecord, input: Fields): void {
  const inference = fieldsOf(input["inferenceConfig"]);
  record.content = new ConverseContent(input);
  record.toolCount = listOf(fieldsOf(input["toolConfig"])["tools"]).length;
  record.settings = {
    maxTokens: numberOf(inference["maxTokens"]),
    temperature: numberOf(inference["temperature"]),
    topP: numberOf(inference["topP"]),
    stopSequences: listOf(inference["stopSequences"]) as readonly string[],
  };
}

/** Reads the output of Converse. */
export function readConverseResponse(record: CallRecord, output: Fields): void {
  const message = fieldsOf(fieldsOf(output["output"])["message"]);
  record.usage = readUsage(fieldsOf(output["usage"]));
  finish(record, textOf(output["stopReason"]), listOf(message["content"]));
}

function finish(record: CallRecord, stopReason: string | undefined, blocks: readonly unknown[]): void {
  record.finishReasons = stopReason === undefined ? [] : [stopReason];
  if (!(record.content instanceof ConverseContent)) return;
  record.content.blocks = blocks;
  record.content.stopReason = stopReason ?? "";
}

/** Bedrock counts cached tokens beside the input, which the total shows; here input includes them. */
function readUsage(usage: Fields): TokenUsage | undefined {
  const inputTokens = numberOf(usage["inputTokens"]);
  if (inputTokens === undefined) return undefined;
  const outputTokens = numberOf(usage["outputTokens"]) ?? 0;
  const cacheReadTokens = numberOf(usage["cacheReadInputTokens"]);
  const cacheWriteTokens = numberOf(usage["cacheWriteInputTokens"]);
  const cached = (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0);
  const isInclusive = numberOf(usage["totalTokens"]) === inputTokens + outputTokens;
  return {
    inputTokens: inputTokens + (isInclusive ? 0 : cached),
    outputTokens,
    cacheReadTokens,
    cacheWriteTokens,
    reasoningTokens: undefined,
  };
}

interface GrowingBlock {
  text: string;
  reasoning: string;
  toolUse: Fields | undefined;
  input: string;
}

/** Reads the events of ConverseStream. */
export class ConverseStreamReader implements StreamReader {
  readonly #record: CallRecord;
  readonly #blocks: GrowingBlock[] = [];
  #stopReason: string | undefined;
  #outputCharacters = 0;

  constructor(record: CallRecord) {
    this.#record = record;
  }

  read(event: Fields): boolean {
    const start = fieldsOf(event["contentBlockStart"]);
    const toolUse = fieldsOf(start["start"])["toolUse"];
    if (isObject(toolUse)) this.#blockOf(start).toolUse = toolUse;
    const stopReason = textOf(fieldsOf(event["messageStop"])["stopReason"]);
    if (stopReason !== undefined) this.#stopReason = stopReason;
    const usage = readUsage(fieldsOf(fieldsOf(event["metadata"])["usage"]));
    if (usage !== undefined) this.#record.usage = usage;
    return "contentBlockDelta" in event && this.#readDelta(fieldsOf(event["contentBlockDelta"]));
  }

  #readDelta(change: Fields): boolean {
    const block = this.#blockOf(change);
    const delta = fieldsOf(change["delta"]);
    const text = textOf(delta["text"]) ?? "";
    const input = textOf(fieldsOf(delta["toolUse"])["input"]) ?? "";
    const reasoning = textOf(fieldsOf(delta["reasoningContent"])["text"]) ?? "";
    block.text += text;
    block.input += input;
    block.reasoning += reasoning;
    this.#outputCharacters += text.length + input.length + reasoning.length;
    return true;
  }

  #blockOf(event: Fields): GrowingBlock {
    const index = numberOf(event["contentBlockIndex"]) ?? 0;
    return (this.#blocks[index] ??= { text: "", reasoning: "", toolUse: undefined, input: "" });
  }

  finish(): void {
    finish(this.#record, this.#stopReason, this.#blocks.filter((block) => block !== undefined).map(toBlock));
    const { content } = this.#record;
    if (this.#record.usage === undefined && content instanceof ConverseContent)
      estimateUsage(
        this.#record,
        countCharacters([content.messages, content.system]),
        this.#outputCharacters,
      );
  }
}

/** The block in the shape a whole answer has. */
function toBlock({ text, reasoning, toolUse, input }: GrowingBlock): Fields {
  if (toolUse !== undefined) return { toolUse: { ...toolUse, input: input === "" ? {} : parseJson(input) } };
  if (reasoning !== "") return { reasoningContent: { reasoningText: { text: reasoning } } };
  return { text };
}
