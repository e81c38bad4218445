import type { ContentReader } from "../../call-record.ts";
import type { InputMessage, MessagePart, OutputMessage } from "../../message.ts";
import { fieldsOf, isObject, listOf, textOf, type Fields } from "../read-value.ts";

/** What a Gemini model was asked and answered. */
export class GoogleContent implements ContentReader {
  readonly #contents: unknown;
  readonly #system: unknown;
  readonly #tools: readonly unknown[];
  candidates: readonly unknown[] = [];

  constructor(contents: unknown, config: Fields) {
    // A copy of the list: applications append the answer to the one they sent.
    this.#contents = Array.isArray(contents) ? [...(contents as readonly unknown[])] : contents;
    this.#system = config["systemInstruction"];
    this.#tools = listOf(config["tools"]);
  }

  get input(): unknown {
    return this.#contents;
  }

  readInput(): readonly InputMessage[] {
    const list = Array.isArray(this.#contents) ? this.#contents : [this.#contents];
    const isMessages = list.some((item) => isObject(item) && "parts" in item);
    if (!isMessages) return list.length === 0 ? [] : [{ role: "user", parts: readParts(list) }];
    return list.map((item) => {
      const fields = fieldsOf(item);
      return { role: roleOf(textOf(fields["role"])), parts: readParts(listOf(fields["parts"])) };
    });
  }

  readSystem(): readonly MessagePart[] {
    if (this.#system === undefined) return [];
    const { parts } = fieldsOf(this.#system);
    if (Array.isArray(parts)) return readParts(parts);
    return readParts(Array.isArray(this.#system) ? this.#system : [this.#system]);
  }

  readOutput(): readonly OutputMessage[] {
    return this.candidates.map((candidate) => {
      const fields = fieldsOf(candidate);
      return {
        role: "assistant",
        parts: readParts(listOf(fieldsOf(fields["content"])["parts"])),
        finish_reason: textOf(fields["finishReason"]) ?? "",
      };
    });
  }

  readTools(): readonly unknown[] {
    return this.#tools;
  }
}

function roleOf(role: string | undefined): string {
  return role === "model" ? "assistant" : (role ?? "user");
}

function readParts(parts: readonly unknown[]): MessagePart[] {
  return parts.map((part) =>
    typeof part === "string" ? { type: "text", content: part } : readPart(fieldsOf(part)),
  );
}

function readPart(part: Fields): MessagePart {
  if (typeof part["text"] === "string")
    return { type: part["thought"] === true ? "reasoning" : "text", content: part["text"] };
  if (isObject(part["functionCall"])) {
    const { id, name, args } = part["functionCall"];
    return { type: "tool_call", id: textOf(id) ?? null, name: textOf(name) ?? "", arguments: args ?? {} };
  }
  if (isObject(part["functionResponse"])) {
    const { id, response } = part["functionResponse"];
    return { type: "tool_call_response", id: textOf(id) ?? null, response };
  }
  return readMedia(part);
}

function readMedia(part: Fields): MessagePart {
  const inline = fieldsOf(part["inlineData"]);
  const file = fieldsOf(part["fileData"]);
  const mimeType = textOf(inline["mimeType"]) ?? textOf(file["mimeType"]) ?? "";
  const modality = mimeType.split("/")[0] ?? "document";
  if ("data" in inline)
    return { type: "blob", modality, mime_type: mimeType, content: textOf(inline["data"]) ?? "" };
  if ("fileUri" in file)
    return { type: "uri", modality, mime_type: mimeType, uri: textOf(file["fileUri"]) ?? "" };
  const name = Object.keys(part)[0] ?? "";
  return { type: "server_tool_call", id: null, name, server_tool_call: part };
}
