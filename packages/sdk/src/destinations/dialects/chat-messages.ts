import type { Attributes } from "@opentelemetry/api";
import { genAi } from "@spanlight/conventions";
import { isObject, parseJson, textOf } from "./read-span.ts";

/** A message in the form of OpenAI's chat API, which most destinations draw as a conversation. */
export interface ChatMessage {
  readonly role: string;
  readonly content: unknown;
  readonly tool_calls?: readonly object[];
  readonly tool_call_id?: string;
}

/** The conversation that was sent, system instructions first; undefined where no content was recorded. */
export function readInputChat(attributes: Attributes): readonly ChatMessage[] | undefined {
  const messages = readMessages(textOf(attributes, genAi.inputMessages));
  const instructions = parseJson(textOf(attributes, genAi.systemInstructions));
  const system = Array.isArray(instructions) ? toChat({ role: "system", parts: instructions }) : [];
  if (messages === undefined && system.length === 0) return undefined;
  return [...system, ...(messages ?? [])];
}

/** What the model said; undefined where no content was recorded. */
export function readOutputChat(attributes: Attributes): readonly ChatMessage[] | undefined {
  return readMessages(textOf(attributes, genAi.outputMessages));
}

/** The tools that were offered, as JSON values. */
export function readTools(attributes: Attributes): readonly unknown[] {
  const tools = parseJson(textOf(attributes, genAi.toolDefinitions));
  return Array.isArray(tools) ? tools : [];
}

function readMessages(json: string | undefined): readonly ChatMessage[] | undefined {
  const messages = parseJson(json);
  return Array.isArray(messages) ? messages.flatMap(toChat) : undefined;
}

/** One message becomes several where it answers several tool calls. */
function toChat(message: unknown): ChatMessage[] {
  if (!isObject(message)) return [];
  const role = typeof message["role"] === "string" ? message["role"] : "user";
  const parts = Array.isArray(message["parts"]) ? message["parts"].filter(isObject) : [];
  const answers = parts.filter(({ type }) => type === "tool_call_response").map(toToolAnswer);
  const calls = parts.filter(({ type }) => type === "tool_call").map(toToolCall);
  const said = parts.filter(({ type }) => type !== "tool_call_response" && type !== "tool_call");
  if (said.length === 0 && calls.length === 0) return answers;
  const spoken: ChatMessage = {
    role,
    content: toContent(said),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
  return [spoken, ...answers];
}

function toContent(parts: readonly Record<string, unknown>[]): unknown {
  const [first] = parts;
  if (first === undefined) return null;
  if (parts.length === 1 && first["type"] === "text") return first["content"];
  return parts.map((part) => (part["type"] === "text" ? { type: "text", text: part["content"] } : part));
}

function toToolCall(part: Record<string, unknown>): object {
  const given = part["arguments"];
  const text = typeof given === "string" ? given : JSON.stringify(given ?? {});
  return { id: part["id"] ?? null, type: "function", function: { name: part["name"], arguments: text } };
}

function toToolAnswer(part: Record<string, unknown>): ChatMessage {
  const { id, response } = part;
  const content = typeof response === "string" ? response : JSON.stringify(response ?? null);
  return { role: "tool", content, ...(typeof id === "string" ? { tool_call_id: id } : {}) };
}
