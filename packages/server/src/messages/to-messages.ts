import type { Message } from "@spanlight/contract";
import { isRecord, parseText, toText } from "./content-map.ts";
import { toolCallResponse, toParts, toToolCalls } from "./to-parts.ts";

type Fields = Record<string, unknown>;

const ROLES: Readonly<Record<string, string>> = {
  human: "user",
  ai: "assistant",
  model: "assistant",
  function: "tool",
  generic: "user",
  AIMessage: "assistant",
  AIMessageChunk: "assistant",
  HumanMessage: "user",
  SystemMessage: "system",
  ToolMessage: "tool",
};

/** Fields that hold a list of messages in a request or a response of some provider. */
const LISTS = [
  "messages",
  "choices",
  "contents",
  "candidates",
  "output",
  "input",
  "prompt",
  "generations",
] as const;

/** Messages in any provider's form, a whole request or response among them; `role` is for what names none. */
export function toMessages(value: unknown, role: string): Message[] {
  if (value === undefined || value === null || value === "") return [];
  if (typeof value === "string") {
    const parsed = parseText(value);
    return typeof parsed === "string" ? [{ role, parts: toParts(parsed) }] : toMessages(parsed, role);
  }
  if (Array.isArray(value)) return listToMessages(value, role);
  if (!isRecord(value)) return [{ role, parts: toParts(value) }];
  if (isMessage(value)) return [toMessage(value, role)];
  for (const name of LISTS) {
    if (value[name] != null && value[name] !== "") return toMessages(value[name], role);
  }
  return [toMessage(value, role)];
}

function listToMessages(list: readonly unknown[], role: string): Message[] {
  const areParts = list.every((item) => isRecord(item) && !isMessage(item));
  // Parts of one message lie side by side without a role: `[{ type: "text", text }, { type: "image", … }]`.
  if (
    areParts &&
    list.length > 0 &&
    !list.some((item) => isRecord(item) && LISTS.some((name) => name in item))
  ) {
    return [{ role, parts: toParts(list) }];
  }
  return list.flatMap((item) => (Array.isArray(item) ? listToMessages(item, role) : toMessages(item, role)));
}

function isMessage(fields: Fields): boolean {
  if (typeof fields["role"] === "string" || isRecord(fields["message"]) || isRecord(fields["kwargs"]))
    return true;
  const { type, content } = fields;
  if (isRecord(content) && Array.isArray(content["parts"])) return true; // Google's candidate
  if (type === "message" || isCall(fields)) return true;
  return typeof type === "string" && type in ROLES && "content" in fields;
}

function toMessage(fields: Fields, role: string): Message {
  if (isRecord(fields["message"])) return withFinish(toMessage(fields["message"], role), fields);
  if (isRecord(fields["kwargs"]))
    return toMessage({ role: langChainRole(fields), ...fields["kwargs"] }, role);
  if (typeof fields["role"] !== "string" && isRecord(fields["content"]) && "parts" in fields["content"]) {
    return withFinish(toMessage(fields["content"], role), fields); // Google's candidate
  }
  const own = roleOf(fields, role);
  if (Array.isArray(fields["parts"])) {
    return { ...fields, role: own, parts: toParts(fields["parts"]) };
  }
  const parts = [
    ...toReasoning(fields),
    ...bodyOf(fields, own),
    ...toToolCalls(fields["tool_calls"] ?? fields["toolCalls"]),
  ];
  const isNamed = typeof fields["name"] === "string" && own !== "tool" && !isCall(fields);
  const name = isNamed ? { name: fields["name"] } : {};
  return withFinish({ role: own, parts, ...name }, fields);
}

function bodyOf(fields: Fields, role: string): Message["parts"] {
  if (isCall(fields)) return toParts(fields);
  const body = fields["content"] ?? fields["text"] ?? fields["message"] ?? fields["refusal"];
  if (role === "tool") {
    const answered = fields["tool_call_id"] ?? fields["id"];
    if (answered !== undefined || !Array.isArray(body)) return [toolCallResponse(answered, plain(body))];
  }
  if (body === undefined && !("content" in fields) && !hasCalls(fields)) return toParts(withoutRole(fields));
  return toParts(body);
}

/** A call or its output as OpenAI's Responses API lists them, beside the messages. */
function isCall({ type }: Fields): boolean {
  return type === "function_call" || type === "function_call_output";
}

function hasCalls(fields: Fields): boolean {
  return "tool_calls" in fields || "toolCalls" in fields;
}

function withoutRole({ role: _role, ...rest }: Fields): unknown {
  return Object.keys(rest).length === 0 ? "" : rest;
}

/** A tool's answer as text where it came as text parts. */
function plain(body: unknown): unknown {
  if (!Array.isArray(body)) return body;
  const parts = toParts(body);
  return parts.every((part) => part.type === "text")
    ? parts.map((part) => toText(part["content"])).join("")
    : parts;
}

function toReasoning(fields: Fields): Message["parts"] {
  const told = fields["reasoning_content"] ?? fields["reasoning"];
  return typeof told === "string" && told !== "" ? [{ type: "reasoning", content: told }] : [];
}

function roleOf(fields: Fields, role: string): string {
  const given = typeof fields["role"] === "string" ? fields["role"] : undefined;
  if (given !== undefined) return ROLES[given] ?? given.toLowerCase();
  const { type } = fields;
  if (type === "function_call") return "assistant";
  if (type === "function_call_output") return "tool";
  return typeof type === "string" ? (ROLES[type] ?? role) : role;
}

/** LangChain serialises a message as `{ id: ["langchain_core", "messages", "HumanMessage"], kwargs }`. */
function langChainRole(fields: Fields): string {
  const id = Array.isArray(fields["id"]) ? fields["id"].at(-1) : undefined;
  return (typeof id === "string" ? ROLES[id] : undefined) ?? "user";
}

function withFinish(message: Message, fields: Fields): Message {
  const reason = fields["finish_reason"] ?? fields["finishReason"] ?? fields["stop_reason"];
  return typeof reason === "string" && reason !== "" ? { ...message, finish_reason: reason } : message;
}
