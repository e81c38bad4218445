import type { ContentReader } from "../../call-record.ts";
import type { InputMessage, MessagePart, OutputMessage } from "../../message.ts";
import { fieldsOf, listOf, parseJson, textOf, type Fields } from "../read-value.ts";

/** What was sent to Cohere and what came back, as its client has it. */
export class CohereContent implements ContentReader {
  readonly #messages: readonly unknown[];
  readonly #tools: readonly unknown[];
  /** Answers, in the form of Cohere's messages. */
  output: readonly Fields[] = [];
  finishReason = "";

  constructor(request: Fields) {
    this.#messages = [...listOf(request["messages"]), ...readOldMessages(request)];
    this.#tools = listOf(request["tools"]);
  }

  readInput(): readonly InputMessage[] {
    return this.#messages
      .map(fieldsOf)
      .filter(({ role }) => role !== "system")
      .map((message) => ({ role: textOf(message["role"]) ?? "user", parts: toParts(message) }));
  }

  readSystem(): readonly MessagePart[] {
    return this.#messages
      .map(fieldsOf)
      .filter(({ role }) => role === "system")
      .flatMap(toParts);
  }

  readOutput(): readonly OutputMessage[] {
    return this.output.map((message) => ({
      role: "assistant",
      parts: toParts(message),
      finish_reason: this.finishReason,
    }));
  }

  readTools(): readonly unknown[] {
    return this.#tools;
  }
}

const oldRoles: Readonly<Record<string, string>> = { USER: "user", CHATBOT: "assistant", SYSTEM: "system" };

/** Version 1 of the API has a message, its history, and a preamble; its generate API a prompt. */
function readOldMessages(request: Fields): Fields[] {
  const history = listOf(request["chatHistory"])
    .map(fieldsOf)
    .map(({ role, message }) => ({ role: oldRoles[textOf(role) ?? ""] ?? "user", content: message }));
  const preamble = textOf(request["preamble"]);
  const message = textOf(request["message"]) ?? textOf(request["prompt"]);
  return [
    ...(preamble === undefined ? [] : [{ role: "system", content: preamble }]),
    ...history,
    ...(message === undefined ? [] : [{ role: "user", content: message }]),
  ];
}

function toParts(message: Fields): MessagePart[] {
  const { content } = message;
  if (message["role"] === "tool")
    return [
      {
        type: "tool_call_response",
        id: textOf(message["toolCallId"]) ?? null,
        response: typeof content === "string" ? content : listOf(content),
      },
    ];
  const plan = textOf(message["toolPlan"]);
  return [
    ...(plan === undefined || plan === "" ? [] : [{ type: "reasoning" as const, content: plan }]),
    ...(typeof content === "string" ? toText(content) : listOf(content).map(fieldsOf).flatMap(toPart)),
    ...listOf(message["toolCalls"]).map(fieldsOf).map(toToolCall),
  ];
}

function toText(content: string): MessagePart[] {
  return content === "" ? [] : [{ type: "text", content }];
}

function toPart(part: Fields): MessagePart[] {
  if (part["type"] === "thinking") return [{ type: "reasoning", content: textOf(part["thinking"]) ?? "" }];
  if (part["type"] === "image_url" || part["type"] === "imageUrl") {
    const image = fieldsOf(part["imageUrl"]);
    return [{ type: "uri", modality: "image", uri: textOf(image["url"]) ?? "" }];
  }
  return toText(textOf(part["text"]) ?? "");
}

function toToolCall(call: Fields): MessagePart {
  const details = fieldsOf(call["function"]);
  return {
    type: "tool_call",
    id: textOf(call["id"]) ?? null,
    name: textOf(details["name"]) ?? textOf(call["name"]) ?? "",
    arguments: parseJson(details["arguments"] ?? call["parameters"]),
  };
}
