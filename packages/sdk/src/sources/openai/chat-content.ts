import type { InputMessage, MessagePart, OutputMessage } from "../../message.ts";
import { fieldsOf, listOf, parseJson, textOf, type Fields } from "../read-value.ts";

const systemRoles: ReadonlySet<string> = new Set(["system", "developer"]);

/** The messages of a chat request without its instructions, in the conventions' form. */
export function readChatInput(messages: readonly unknown[]): InputMessage[] {
  const input: InputMessage[] = [];
  for (const item of messages) {
    const message = fieldsOf(item);
    if (!systemRoles.has(textOf(message["role"]) ?? "")) input.push(toInputMessage(message));
  }
  return input;
}

/** The instructions of a chat request: its system and developer messages. */
export function readChatSystem(messages: readonly unknown[]): MessagePart[] {
  const parts: MessagePart[] = [];
  for (const item of messages) {
    const message = fieldsOf(item);
    if (systemRoles.has(textOf(message["role"]) ?? "")) parts.push(...toParts(message["content"]));
  }
  return parts;
}

/** The choices of a chat answer. */
export function readChatOutput(choices: readonly unknown[]): OutputMessage[] {
  return choices.map((choice) => {
    const fields = fieldsOf(choice);
    const message = fieldsOf(fields["message"]);
    return {
      role: textOf(message["role"]) ?? "assistant",
      parts: toMessageParts(message),
      finish_reason: textOf(fields["finish_reason"]) ?? "",
    };
  });
}

function toInputMessage(message: Fields): InputMessage {
  const role = textOf(message["role"]) ?? "user";
  const name = textOf(message["name"]);
  const parts: MessagePart[] =
    role === "tool" || role === "function"
      ? [
          {
            type: "tool_call_response",
            id: textOf(message["tool_call_id"]) ?? null,
            response: readAnswer(message),
          },
        ]
      : toMessageParts(message);
  return name === undefined ? { role, parts } : { role, parts, name };
}

function readAnswer(message: Fields): unknown {
  const content = message["content"];
  if (typeof content === "string") return content;
  const texts = toParts(content).map((part) => ("content" in part ? part.content : ""));
  return texts.join("");
}

function toMessageParts(message: Fields): MessagePart[] {
  const reasoning = textOf(message["reasoning_content"]) ?? textOf(message["reasoning"]);
  const refusal = textOf(message["refusal"]);
  const parts: MessagePart[] = [];
  if (reasoning !== undefined && reasoning !== "") parts.push({ type: "reasoning", content: reasoning });
  parts.push(...toParts(message["content"]));
  if (refusal !== undefined && refusal !== "") parts.push({ type: "text", content: refusal });
  const calls = listOf(message["tool_calls"]);
  for (const call of calls) parts.push(toToolCall(fieldsOf(call)));
  const legacy = fieldsOf(message["function_call"]);
  if (typeof legacy["name"] === "string") parts.push(toToolCall({ function: legacy }));
  return parts;
}

function toToolCall(call: Fields): MessagePart {
  const details = fieldsOf(call["function"] ?? call["custom"]);
  return {
    type: "tool_call",
    id: textOf(call["id"]) ?? null,
    name: textOf(details["name"]) ?? "",
    arguments: parseJson(details["arguments"] ?? details["input"]),
  };
}

/** Content as text or as a list of typed parts; null is no content. */
function toParts(content: unknown): MessagePart[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", content }];
  return listOf(content).map((part) => toPart(fieldsOf(part)));
}

function toPart(part: Fields): MessagePart {
  switch (part["type"]) {
    case "image_url":
      return toUri("image", textOf(fieldsOf(part["image_url"])["url"]) ?? "");
    case "input_audio": {
      const audio = fieldsOf(part["input_audio"]);
      const format = textOf(audio["format"]) ?? "wav";
      return {
        type: "blob",
        modality: "audio",
        mime_type: `audio/${format}`,
        content: textOf(audio["data"]) ?? "",
      };
    }
    case "file": {
      const file = fieldsOf(part["file"]);
      const fileId = textOf(file["file_id"]);
      if (fileId !== undefined) return { type: "file", modality: "document", file_id: fileId };
      return toUri("document", textOf(file["file_data"]) ?? "");
    }
    case "thinking":
      return { type: "reasoning", content: readThinking(part["thinking"]) };
    default:
      return { type: "text", content: textOf(part["text"]) ?? textOf(part["refusal"]) ?? "" };
  }
}

/** Mistral's thinking: a text, or a list of texts. */
export function readThinking(thinking: unknown): string {
  if (typeof thinking === "string") return thinking;
  return listOf(thinking)
    .map((piece) => textOf(fieldsOf(piece)["text"]) ?? "")
    .join("");
}

/** A link, or the data a `data:` link carries. */
export function toUri(modality: string, uri: string): MessagePart {
  const data = /^data:([^;,]*)(?:;[^,]*)?,(.*)$/s.exec(uri);
  if (data === null) return { type: "uri", modality, uri };
  return { type: "blob", modality, mime_type: data[1] ?? "", content: data[2] ?? "" };
}
