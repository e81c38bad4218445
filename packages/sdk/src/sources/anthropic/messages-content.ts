import type { InputMessage, MessagePart } from "../../message.ts";
import { fieldsOf, listOf, textOf, type Fields } from "../read-value.ts";

/** The messages of a request, in the conventions' form. */
export function readMessages(messages: readonly unknown[]): InputMessage[] {
  return messages.map((message) => {
    const fields = fieldsOf(message);
    return { role: textOf(fields["role"]) ?? "user", parts: readBlocks(fields["content"]) };
  });
}

/** Content as text or as a list of typed blocks. */
export function readBlocks(content: unknown): MessagePart[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", content }];
  return listOf(content).map((block) => readBlock(fieldsOf(block)));
}

const readers: Readonly<Record<string, (block: Fields) => MessagePart>> = {
  text: (block) => ({ type: "text", content: textOf(block["text"]) ?? "" }),
  thinking: (block) => ({ type: "reasoning", content: textOf(block["thinking"]) ?? "" }),
  redacted_thinking: () => ({ type: "reasoning", content: "" }),
  tool_use: (block) => ({
    type: "tool_call",
    id: textOf(block["id"]) ?? null,
    name: textOf(block["name"]) ?? "",
    arguments: block["input"],
  }),
  tool_result: (block) => ({
    type: "tool_call_response",
    id: textOf(block["tool_use_id"]) ?? null,
    response: readResult(block),
  }),
  image: (block) => readSource("image", fieldsOf(block["source"])),
  document: (block) => readSource("document", fieldsOf(block["source"])),
};

function readBlock(block: Fields): MessagePart {
  const type = textOf(block["type"]) ?? "";
  const read = readers[type];
  return read === undefined ? readServerBlock(type, block) : read(block);
}

/** What the provider's own tools were asked and answered. */
function readServerBlock(type: string, block: Fields): MessagePart {
  const answered = textOf(block["tool_use_id"]);
  if (answered !== undefined) return { type: "tool_call_response", id: answered, response: block["content"] };
  return {
    type: "server_tool_call",
    id: textOf(block["id"]) ?? null,
    name: textOf(block["name"]) ?? type,
    server_tool_call: block,
  };
}

function readResult(block: Fields): unknown {
  const { content } = block;
  if (!Array.isArray(content)) return content;
  const texts = content.map(fieldsOf).filter(({ type }) => type === "text");
  return texts.length === content.length ? texts.map(({ text }) => text).join("") : content;
}

function readSource(modality: string, source: Fields): MessagePart {
  const url = textOf(source["url"]);
  if (url !== undefined) return { type: "uri", modality, uri: url };
  const fileId = textOf(source["file_id"]);
  if (fileId !== undefined) return { type: "file", modality, file_id: fileId };
  const mimeType = textOf(source["media_type"]) ?? "";
  return { type: "blob", modality, mime_type: mimeType, content: textOf(source["data"]) ?? "" };
}
