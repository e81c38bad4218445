import type { Attributes } from "@opentelemetry/api";
import { genAi } from "@spanlight/conventions";
import { readTools } from "./chat-messages.ts";
import { isObject, parseJson, textOf } from "./read-span.ts";

/** Messages as OpenInference flattens them: `llm.input_messages.0.message.role`… System instructions are message 0. */
export function writeMessages(attributes: Attributes, from: Attributes): void {
  let index = 0;
  const instructions = parseJson(textOf(from, genAi.systemInstructions));
  if (Array.isArray(instructions)) {
    const parts = instructions.filter(isObject).filter(({ type }) => type === "text");
    if (parts.length > 0)
      writeMessage(attributes, `llm.input_messages.${index++}.message`, { role: "system", parts });
  }
  for (const message of readMessages(textOf(from, genAi.inputMessages))) {
    const answers = message.parts.filter(({ type }) => type === "tool_call_response");
    if (message.role !== "tool" || answers.length === 0) {
      writeMessage(attributes, `llm.input_messages.${index++}.message`, message);
      continue;
    }
    // One message may answer several tool calls; here each has a message of its own.
    for (const part of answers)
      writeMessage(attributes, `llm.input_messages.${index++}.message`, { role: "tool", parts: [part] });
  }
  readMessages(textOf(from, genAi.outputMessages)).forEach((message, position) => {
    writeMessage(attributes, `llm.output_messages.${position}.message`, message);
  });
}

/** The offered tools, each in the form of OpenAI's API. */
export function writeTools(attributes: Attributes, from: Attributes): void {
  readTools(from).forEach((tool, index) => {
    attributes[`llm.tools.${index}.tool.json_schema`] = JSON.stringify(toSchema(tool));
  });
}

interface ReadMessage {
  readonly role: string;
  readonly parts: readonly Record<string, unknown>[];
}

function readMessages(json: string | undefined): readonly ReadMessage[] {
  const messages = parseJson(json);
  if (!Array.isArray(messages)) return [];
  return messages.filter(isObject).flatMap(({ role, parts }) => {
    if (typeof role !== "string" || !Array.isArray(parts)) return [];
    return [{ role, parts: parts.filter(isObject) }];
  });
}

function writeMessage(attributes: Attributes, prefix: string, { role, parts }: ReadMessage): void {
  attributes[`${prefix}.role`] = role;
  let contents = 0;
  let calls = 0;
  for (const part of parts) {
    if (part["type"] === "tool_call") writeCall(attributes, `${prefix}.tool_calls.${calls++}`, part);
    else if (part["type"] === "tool_call_response") writeAnswer(attributes, prefix, part);
    else writeContent(attributes, `${prefix}.contents.${contents++}.message_content`, part);
  }
}

function writeCall(attributes: Attributes, prefix: string, part: Record<string, unknown>): void {
  if (typeof part["id"] === "string") attributes[`${prefix}.tool_call.id`] = part["id"];
  if (typeof part["name"] === "string") attributes[`${prefix}.tool_call.function.name`] = part["name"];
  attributes[`${prefix}.tool_call.function.arguments`] = JSON.stringify(part["arguments"] ?? {});
}

function writeAnswer(attributes: Attributes, prefix: string, part: Record<string, unknown>): void {
  if (typeof part["id"] === "string") attributes[`${prefix}.tool_call_id`] = part["id"];
  attributes[`${prefix}.content`] = toText(part["response"]);
}

function writeContent(attributes: Attributes, prefix: string, part: Record<string, unknown>): void {
  const { type, content } = part;
  const isText = type === "text" || type === "reasoning";
  attributes[`${prefix}.type`] = typeof type === "string" ? type : "text";
  if (!isText) attributes[`${prefix}.text`] = toText(part);
  else if (content !== undefined && content !== null) attributes[`${prefix}.text`] = toText(content);
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

function toSchema(tool: unknown): unknown {
  if (!isObject(tool) || isObject(tool["function"]) || typeof tool["name"] !== "string") return tool;
  const { name, description, type } = tool;
  const parameters = tool["parameters"] ?? tool["inputSchema"] ?? tool["input_schema"];
  return {
    type: typeof type === "string" ? type : "function",
    function: {
      name,
      ...(typeof description === "string" ? { description } : {}),
      ...(parameters === undefined || parameters === null ? {} : { parameters }),
    },
  };
}
