import type { MessagePart } from "@spanlight/contract";
import { isRecord, parseText, toText } from "./content-map.ts";

type Fields = Record<string, unknown>;

/** Content in any provider's form as parts of the convention. Text becomes one text part; what is unknown is kept as it is. */
export function toParts(content: unknown): MessagePart[] {
  if (content === undefined || content === null || content === "") return [];
  if (Array.isArray(content)) return content.flatMap((item) => toParts(item));
  if (!isRecord(content)) return [{ type: "text", content: toText(content) }];
  const read = typeof content["type"] === "string" ? READERS[content["type"]] : undefined;
  if (read !== undefined) return read(content);
  if (typeof content["type"] === "string") return [{ ...content, type: content["type"] }];
  return toUntypedPart(content);
}

/** Tool calls in the form of chat completions: `{ id, function: { name, arguments } }`, or flat. */
export function toToolCalls(calls: unknown): MessagePart[] {
  if (!Array.isArray(calls)) return [];
  return calls.filter(isRecord).map((call) => {
    const wrapped = isRecord(call["function"]) ? call["function"] : call;
    return toolCall({
      id: call["id"] ?? call["toolCallId"] ?? call["tool_call_id"],
      name: wrapped["name"] ?? wrapped["toolName"] ?? call["name"],
      arguments: wrapped["arguments"] ?? wrapped["args"] ?? wrapped["input"],
    });
  });
}

/** The answer of a tool: `tool_call_response` with its value, parsed where it is JSON. */
export function toolCallResponse(id: unknown, response: unknown): MessagePart {
  return {
    type: "tool_call_response",
    ...(id == null ? {} : { id }),
    response: toValue(unwrapOutput(response)),
  };
}

function toolCall(call: { id: unknown; name: unknown; arguments: unknown }): MessagePart {
  return {
    type: "tool_call",
    ...(call.id == null ? {} : { id: call.id }),
    name: toText(call.name ?? ""),
    ...(call.arguments === undefined ? {} : { arguments: toValue(call.arguments) }),
  };
}

function toValue(value: unknown): unknown {
  return typeof value === "string" ? parseText(value) : value;
}

/** The Vercel AI SDK wraps a tool's output as `{ type: "text" | "json" | …, value }`. */
function unwrapOutput(output: unknown): unknown {
  return isRecord(output) && typeof output["type"] === "string" && "value" in output
    ? output["value"]
    : output;
}

const text = (value: unknown): MessagePart[] =>
  value == null ? [] : [{ type: "text", content: toText(value) }];

const readText = (fields: Fields): MessagePart[] =>
  "content" in fields ? [{ ...fields, type: "text" }] : text(fields["text"]);

const readReasoning = (fields: Fields): MessagePart[] => {
  if ("content" in fields && typeof fields["content"] === "string") return [{ ...fields, type: "reasoning" }];
  const told = fields["text"] ?? fields["thinking"] ?? fields["reasoning"];
  if (told !== undefined) return [{ type: "reasoning", content: toText(told) }];
  const summary = Array.isArray(fields["summary"]) ? fields["summary"].filter(isRecord) : [];
  return summary.map((item) => ({ type: "reasoning", content: toText(item["text"] ?? "") }));
};

const readCall = (fields: Fields): MessagePart[] => [
  toolCall({
    id: fields["toolCallId"] ?? fields["call_id"] ?? fields["id"],
    name: fields["toolName"] ?? fields["name"],
    arguments: fields["arguments"] ?? fields["args"] ?? fields["input"],
  }),
];

const readResult = (fields: Fields): MessagePart[] => [
  toolCallResponse(
    fields["toolCallId"] ?? fields["tool_use_id"] ?? fields["call_id"] ?? fields["id"],
    fields["response"] ?? fields["result"] ?? fields["output"] ?? fields["content"],
  ),
];

/** A file given by address, by id or as bytes: `uri`, `file` or `blob`. */
function readFile(modality: string): (fields: Fields) => MessagePart[] {
  return (fields) => {
    const mime = fields["mime_type"] ?? fields["mediaType"] ?? fields["mimeType"] ?? fields["media_type"];
    const base = { modality, ...(mime == null ? {} : { mime_type: mime }) };
    const place = findPlace(fields);
    if (place === undefined) return [{ ...fields, type: toText(fields["type"]) }];
    const inline = /^data:([^;,]*)[^,]*,(.*)$/s.exec(place.value);
    if (inline !== null)
      return [{ type: "blob", ...base, mime_type: inline[1] ?? "", content: inline[2] ?? "" }];
    if (place.kind === "id") return [{ type: "file", ...base, file_id: place.value }];
    if (place.kind === "uri" || /^[a-z][a-z0-9+.-]*:\/\//i.test(place.value))
      return [{ type: "uri", ...base, uri: place.value }];
    return [{ type: "blob", ...base, content: place.value }];
  };
}

function findPlace(fields: Fields): { kind: "uri" | "id" | "bytes"; value: string } | undefined {
  const nested = [
    fields,
    fields["image_url"],
    fields["source"],
    fields["file"],
    fields["input_audio"],
    fields["image"],
  ].filter(isRecord);
  for (const place of nested) {
    for (const [key, kind] of PLACES) {
      const value = place[key];
      if (typeof value === "string" && value !== "") return { kind, value };
    }
  }
  return undefined;
}

const PLACES = [
  ["url", "uri"],
  ["uri", "uri"],
  ["image_url", "uri"],
  ["file_url", "uri"],
  ["file_id", "id"],
  ["data", "bytes"],
  ["image", "bytes"],
  ["file_data", "bytes"],
  ["content", "bytes"],
] as const;

const READERS: Readonly<Record<string, ((fields: Fields) => MessagePart[]) | undefined>> = {
  text: readText,
  input_text: readText,
  output_text: readText,
  reasoning: readReasoning,
  thinking: readReasoning,
  refusal: (fields) => [{ type: "refusal", content: toText(fields["refusal"] ?? fields["content"] ?? "") }],
  "tool-call": readCall,
  tool_use: readCall,
  tool_call: readCall,
  function_call: readCall,
  "tool-result": readResult,
  tool_result: readResult,
  tool_call_response: readResult,
  function_call_output: readResult,
  image: readFile("image"),
  image_url: readFile("image"),
  input_image: readFile("image"),
  file: (fields) => readFile(modalityOf(fields))(fields),
  input_file: readFile("document"),
  document: readFile("document"),
  input_audio: readFile("audio"),
  audio: readFile("audio"),
};

function modalityOf(fields: Fields): string {
  if (typeof fields["modality"] === "string") return fields["modality"];
  const mime = toText(fields["mediaType"] ?? fields["mimeType"] ?? fields["mime_type"] ?? "");
  const [kind = ""] = mime.split("/");
  return ["image", "audio", "video"].includes(kind) ? kind : "document";
}

/** Google's parts have no type but a field that tells: `text`, `functionCall`, `functionResponse`, `inlineData`; Bedrock's likewise. */
function toUntypedPart(fields: Fields): MessagePart[] {
  const tool = toUntypedTool(fields);
  if (tool !== undefined) return [tool];
  const inline = fields["inlineData"] ?? fields["inline_data"] ?? fields["fileData"] ?? fields["file_data"];
  if (isRecord(inline))
    return readFile(modalityOf(inline))({ url: inline["fileUri"], ...inline, type: "file" });
  if (typeof fields["text"] === "string") {
    return [{ type: fields["thought"] === true ? "reasoning" : "text", content: fields["text"] }];
  }
  return text(typeof fields["content"] === "string" ? fields["content"] : fields);
}

function toUntypedTool(fields: Fields): MessagePart | undefined {
  const call = firstRecord(fields, ["functionCall", "function_call", "toolUse"]);
  if (call !== undefined) {
    return toolCall({
      id: call["id"] ?? call["toolUseId"],
      name: call["name"],
      arguments: call["args"] ?? call["arguments"] ?? call["input"],
    });
  }
  const result = firstRecord(fields, ["functionResponse", "function_response", "toolResult"]);
  if (result === undefined) return undefined;
  return toolCallResponse(result["id"] ?? result["toolUseId"], result["response"] ?? result["content"]);
}

function firstRecord(fields: Fields, names: readonly string[]): Fields | undefined {
  return names.map((name) => fields[name]).find(isRecord);
}
