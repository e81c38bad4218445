import type { ContentReader } from "../../call-record.ts";
import type { InputMessage, MessagePart, OutputMessage } from "../../message.ts";
import { fieldsOf, isObject, listOf, textOf, type Fields } from "../read-value.ts";

/** What a model was asked and answered through Converse. */
export class ConverseContent implements ContentReader {
  readonly messages: readonly unknown[];
  readonly system: readonly unknown[];
  readonly #tools: readonly unknown[];
  blocks: readonly unknown[] = [];
  stopReason = "";

  constructor(input: Fields) {
    // A copy of the list: applications append the answer to the one they sent.
    this.messages = [...listOf(input["messages"])];
    this.system = listOf(input["system"]);
    this.#tools = listOf(fieldsOf(input["toolConfig"])["tools"]);
  }

  readInput(): readonly InputMessage[] {
    return this.messages.map((message) => {
      const fields = fieldsOf(message);
      return { role: textOf(fields["role"]) ?? "user", parts: readBlocks(listOf(fields["content"])) };
    });
  }

  readSystem(): readonly MessagePart[] {
    return readBlocks(this.system);
  }

  readOutput(): readonly OutputMessage[] {
    if (this.blocks.length === 0) return [];
    return [{ role: "assistant", parts: readBlocks(this.blocks), finish_reason: this.stopReason }];
  }

  readTools(): readonly unknown[] {
    return this.#tools;
  }
}

function readBlocks(blocks: readonly unknown[]): MessagePart[] {
  return blocks
    .map(fieldsOf)
    .filter((block) => !("cachePoint" in block))
    .map(readBlock);
}

function readBlock(block: Fields): MessagePart {
  if (typeof block["text"] === "string") return { type: "text", content: block["text"] };
  if (isObject(block["toolUse"])) {
    const { toolUseId, name, input } = block["toolUse"];
    return { type: "tool_call", id: textOf(toolUseId) ?? null, name: textOf(name) ?? "", arguments: input };
  }
  if (isObject(block["toolResult"])) {
    const { toolUseId, content } = block["toolResult"];
    return { type: "tool_call_response", id: textOf(toolUseId) ?? null, response: readResult(content) };
  }
  if (isObject(block["reasoningContent"])) {
    const { reasoningText } = block["reasoningContent"];
    return { type: "reasoning", content: textOf(fieldsOf(reasoningText)["text"]) ?? "" };
  }
  return readMedia(block);
}

function readResult(content: unknown): unknown {
  const pieces = listOf(content).map(fieldsOf);
  const values = pieces.map((piece) => piece["text"] ?? piece["json"] ?? Object.keys(piece)[0]);
  return values.length === 1 ? values[0] : values;
}

function readMedia(block: Fields): MessagePart {
  const modality = Object.keys(block)[0] ?? "document";
  const media = fieldsOf(block[modality]);
  const source = fieldsOf(media["source"]);
  const mimeType = `${modality}/${textOf(media["format"]) ?? "*"}`;
  const { bytes } = source;
  if (bytes instanceof Uint8Array)
    return { type: "blob", modality, mime_type: mimeType, content: Buffer.from(bytes).toString("base64") };
  const uri = textOf(fieldsOf(source["s3Location"])["uri"]);
  if (uri !== undefined) return { type: "uri", modality, mime_type: mimeType, uri };
  return { type: "server_tool_call", id: null, name: modality, server_tool_call: media };
}
