import type { InputMessage, MessagePart, OutputMessage } from "../../message.ts";
import { fieldsOf, listOf, parseJson, textOf, type Fields } from "../read-value.ts";
import { toUri } from "./chat-content.ts";

const systemRoles: ReadonlySet<string> = new Set(["system", "developer"]);

/** The input of a responses request without its instructions, in the conventions' form. */
export function readResponsesInput(input: unknown): InputMessage[] {
  if (typeof input === "string") return [{ role: "user", parts: [{ type: "text", content: input }] }];
  return listOf(input)
    .map(fieldsOf)
    .filter((item) => !systemRoles.has(textOf(item["role"]) ?? ""))
    .map((item) => ({ role: roleOf(item), parts: toItemParts(item) }));
}

/** The instructions: the request's own, and its system and developer messages. */
export function readResponsesSystem(instructions: unknown, input: unknown): MessagePart[] {
  const parts: MessagePart[] =
    typeof instructions === "string" ? [{ type: "text", content: instructions }] : [];
  for (const item of listOf(input).map(fieldsOf)) {
    if (systemRoles.has(textOf(item["role"]) ?? "")) parts.push(...toItemParts(item));
  }
  return parts;
}

/** The output items of a response as one message. */
export function readResponsesOutput(output: readonly unknown[], finishReason: string): OutputMessage[] {
  if (output.length === 0) return [];
  const parts = output.map(fieldsOf).flatMap(toItemParts);
  return [{ role: "assistant", parts, finish_reason: finishReason }];
}

function roleOf(item: Fields): string {
  const type = textOf(item["type"]) ?? "";
  if (type.endsWith("_output")) return "tool";
  return textOf(item["role"]) ?? "assistant";
}

function toItemParts(item: Fields): MessagePart[] {
  const type = textOf(item["type"]) ?? "message";
  switch (type) {
    case "message":
      return toContentParts(item["content"]);
    case "reasoning":
      return [...listOf(item["summary"]), ...listOf(item["content"])].map((piece) => ({
        type: "reasoning",
        content: textOf(fieldsOf(piece)["text"]) ?? "",
      }));
    case "function_call":
    case "custom_tool_call":
      return [
        {
          type: "tool_call",
          id: textOf(item["call_id"]) ?? null,
          name: textOf(item["name"]) ?? "",
          arguments: parseJson(item["arguments"] ?? item["input"]),
        },
      ];
    default:
      return [toOtherPart(type, item)];
  }
}

function toOtherPart(type: string, item: Fields): MessagePart {
  const id = textOf(item["call_id"]) ?? textOf(item["id"]) ?? null;
  if (type.endsWith("_output")) return { type: "tool_call_response", id, response: item["output"] };
  return { type: "server_tool_call", id, name: textOf(item["name"]) ?? type, server_tool_call: item };
}

function toContentParts(content: unknown): MessagePart[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", content }];
  return listOf(content).map((piece) => toContentPart(fieldsOf(piece)));
}

function toContentPart(piece: Fields): MessagePart {
  switch (piece["type"]) {
    case "input_image":
      return toUri("image", textOf(piece["image_url"]) ?? "");
    case "input_file": {
      const fileId = textOf(piece["file_id"]);
      if (fileId !== undefined) return { type: "file", modality: "document", file_id: fileId };
      return toUri("document", textOf(piece["file_url"]) ?? textOf(piece["file_data"]) ?? "");
    }
    default:
      return { type: "text", content: textOf(piece["text"]) ?? textOf(piece["refusal"]) ?? "" };
  }
}
