import type { ContentReader } from "../../call-record.ts";
import type { InputMessage, MessagePart, OutputMessage } from "../../message.ts";
import { fieldsOf, listOf, textOf, type Fields } from "../read-value.ts";

/** What a model of the AI SDK was asked and answered. */
export class AiContent implements ContentReader {
  readonly #messages: readonly unknown[];
  readonly #system: unknown;
  readonly #tools: readonly unknown[];
  output: readonly unknown[] = [];
  finishReason = "";

  constructor(event: Fields) {
    this.#messages = [...listOf(event["messages"])];
    this.#system = event["instructions"] ?? event["system"];
    this.#tools = listOf(event["tools"]);
  }

  readInput(): readonly InputMessage[] {
    return this.#messages
      .map(fieldsOf)
      .filter(({ role }) => role !== "system")
      .map((message) => ({ role: textOf(message["role"]) ?? "user", parts: readParts(message["content"]) }));
  }

  readSystem(): readonly MessagePart[] {
    const inline = this.#messages.map(fieldsOf).filter(({ role }) => role === "system");
    const given = Array.isArray(this.#system) ? this.#system : [{ content: this.#system }];
    return [...given.map(fieldsOf), ...inline].flatMap(({ content }) => readParts(content));
  }

  readOutput(): readonly OutputMessage[] {
    if (this.output.length === 0) return [];
    return [{ role: "assistant", parts: readParts(this.output), finish_reason: this.finishReason }];
  }

  readTools(): readonly unknown[] {
    return this.#tools;
  }
}

/** Content as text or as a list of the AI SDK's parts. */
function readParts(content: unknown): MessagePart[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", content }];
  return listOf(content).map((part) => readPart(fieldsOf(part)));
}

const readers: Readonly<Record<string, (part: Fields) => MessagePart>> = {
  text: (part) => ({ type: "text", content: textOf(part["text"]) ?? "" }),
  reasoning: (part) => ({ type: "reasoning", content: textOf(part["text"]) ?? "" }),
  "tool-call": (part) => ({
    type: "tool_call",
    id: textOf(part["toolCallId"]) ?? null,
    name: textOf(part["toolName"]) ?? "",
    arguments: part["input"] ?? part["args"],
  }),
  "tool-result": (part) => ({
    type: "tool_call_response",
    id: textOf(part["toolCallId"]) ?? null,
    response: readToolOutput(part),
  }),
  image: readFile,
  file: readFile,
};

function readPart(part: Fields): MessagePart {
  const type = textOf(part["type"]) ?? "";
  const read = readers[type];
  if (read !== undefined) return read(part);
  return { type: "server_tool_call", id: null, name: type, server_tool_call: part };
}

function readToolOutput(part: Fields): unknown {
  const output = part["output"] ?? part["result"];
  const fields = fieldsOf(output);
  return "value" in fields ? fields["value"] : output;
}

function readFile(part: Fields): MessagePart {
  const mimeType = textOf(part["mediaType"]) ?? textOf(part["mimeType"]) ?? "";
  const modality = part["type"] === "image" ? "image" : (mimeType.split("/")[0] ?? "document");
  const data = part["data"] ?? part["image"];
  if (data instanceof URL) return { type: "uri", modality, mime_type: mimeType, uri: data.href };
  const content = data instanceof Uint8Array ? Buffer.from(data).toString("base64") : (textOf(data) ?? "");
  if (/^https?:/.test(content)) return { type: "uri", modality, mime_type: mimeType, uri: content };
  return { type: "blob", modality, mime_type: mimeType, content };
}
