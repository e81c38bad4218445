import type { ContentReader } from "../../call-record.ts";
import type { InputMessage, MessagePart, OutputMessage } from "../../message.ts";
import { toUri } from "../openai/chat-content.ts";
import { fieldsOf, listOf, parseJson, textOf, type Fields } from "../read-value.ts";

const roles: Readonly<Record<string, string>> = {
  human: "user",
  ai: "assistant",
  AIMessageChunk: "assistant",
  function: "tool",
  developer: "system",
};

/** What a model of LangChain was asked and answered: its message objects, or plain prompts. */
export class LangChainContent implements ContentReader {
  readonly #messages: readonly unknown[];
  readonly #tools: readonly unknown[];
  output: readonly unknown[] = [];

  constructor(messages: readonly unknown[], tools: readonly unknown[]) {
    this.#messages = messages;
    this.#tools = tools;
  }

  readInput(): readonly InputMessage[] {
    return this.#messages.filter((message) => roleOf(message) !== "system").map(toMessage);
  }

  readSystem(): readonly MessagePart[] {
    return this.#messages.filter((message) => roleOf(message) === "system").flatMap(toParts);
  }

  readOutput(): readonly OutputMessage[] {
    return this.output.map((generation) => {
      const { message, text } = fieldsOf(generation);
      const reason = finishReasonOf(fieldsOf(generation));
      if (message === undefined)
        return { role: "assistant", parts: textParts(text), finish_reason: reason ?? "" };
      return { ...toMessage(message), finish_reason: reason ?? "" };
    });
  }

  readTools(): readonly unknown[] {
    return this.#tools;
  }
}

/** Why a generation ended, under the name its provider's integration keeps it. */
export function finishReasonOf(generation: Fields): string | undefined {
  const info = fieldsOf(generation["generationInfo"]);
  const metadata = fieldsOf(fieldsOf(generation["message"])["response_metadata"]);
  for (const fields of [info, metadata]) {
    const reason =
      fields["finish_reason"] ?? fields["stop_reason"] ?? fields["finishReason"] ?? fields["stopReason"];
    if (typeof reason === "string") return reason;
  }
  return undefined;
}

function roleOf(message: unknown): string {
  if (typeof message === "string") return "user";
  const fields = fieldsOf(message);
  const getType = fields["_getType"] ?? fields["getType"];
  const type = typeof getType === "function" ? (Reflect.apply(getType, message, []) as unknown) : undefined;
  const name = textOf(type) ?? textOf(fields["type"]) ?? textOf(fields["role"]) ?? "user";
  return roles[name] ?? name;
}

/** The messages of a conversation as the conventions write them. */
export function toMessage(message: unknown): InputMessage {
  const role = roleOf(message);
  const name = textOf(fieldsOf(message)["name"]);
  const parts = toParts(message);
  return name === undefined || role === "tool" ? { role, parts } : { role, parts, name };
}

function toParts(message: unknown): MessagePart[] {
  if (typeof message === "string") return textParts(message);
  const fields = fieldsOf(message);
  if (roleOf(message) === "tool")
    return [
      {
        type: "tool_call_response",
        id: textOf(fields["tool_call_id"]) ?? null,
        response: parseJson(fields["content"]),
      },
    ];
  const reasoning = fieldsOf(fields["additional_kwargs"])["reasoning_content"];
  const parts: MessagePart[] =
    typeof reasoning === "string" && reasoning !== "" ? [{ type: "reasoning", content: reasoning }] : [];
  parts.push(...textParts(fields["content"]));
  for (const call of listOf(fields["tool_calls"]).map(fieldsOf))
    parts.push({
      type: "tool_call",
      id: textOf(call["id"]) ?? null,
      name: textOf(call["name"]) ?? "",
      arguments: call["args"],
    });
  return parts;
}

function textParts(content: unknown): MessagePart[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", content }];
  return listOf(content).flatMap((part) => toPart(fieldsOf(part)));
}

/** Blocks that repeat a tool call, which stands in the message's own list. */
const toolBlocks: ReadonlySet<unknown> = new Set([
  "tool_use",
  "tool_call",
  "tool_call_chunk",
  "input_json_delta",
]);

/** A content block of LangChain. */
function toPart(part: Fields): MessagePart[] {
  const { type } = part;
  if (toolBlocks.has(type)) return [];
  switch (type) {
    case "thinking":
    case "reasoning":
      return [{ type: "reasoning", content: textOf(part["thinking"] ?? part["reasoning"]) ?? "" }];
    case "image_url":
      return [toImage(part["image_url"])];
    case "image":
    case "audio":
    case "file":
      return [toMedia(part)];
    default:
      return [{ type: "text", content: textOf(part["text"] ?? part["refusal"]) ?? "" }];
  }
}

function toImage(image: unknown): MessagePart {
  return toUri("image", textOf(image) ?? textOf(fieldsOf(image)["url"]) ?? "");
}

function toMedia(part: Fields): MessagePart {
  const modality = part["type"] === "file" ? "document" : String(part["type"]);
  const mimeType = textOf(part["mimeType"]) ?? textOf(part["mime_type"]) ?? "";
  const url = textOf(part["url"]);
  if (url !== undefined) return { type: "uri", modality, mime_type: mimeType, uri: url };
  return { type: "blob", modality, mime_type: mimeType, content: textOf(part["data"]) ?? "" };
}
