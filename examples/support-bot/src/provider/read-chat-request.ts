import { toList, toNumber, toObject, toObjects, toText, type JsonObject } from "./json.ts";
import type { Model } from "./models.ts";
import { requireModel } from "./require-model.ts";
import type { JsonSchema, OfferedTool, Prompt, Turn } from "./prompt.ts";
import { invalidRequest } from "./provider-error.ts";

/** A checked request of `POST /v1/chat/completions`. */
export interface ChatRequest {
  readonly model: Model;
  readonly prompt: Prompt;
  readonly isStreamed: boolean;
  /** True when the stream's last chunk must carry the usage. */
  readonly includesUsage: boolean;
  readonly isObfuscated: boolean;
}

/** Throws the provider's 400 or 404 where it would. */
export function readChatRequest(body: JsonObject): ChatRequest {
  const model = requireModel(body["model"], ["chat", "reasoning"]);
  const messages = toObjects(body["messages"]);
  if (messages.length === 0)
    throw invalidRequest("Missing required parameter: 'messages'.", "messages", "missing_required_parameter");
  if ((toNumber(body["n"]) ?? 1) !== 1)
    throw invalidRequest("This local provider answers with one choice only.", "n");
  if (model.kind === "reasoning") refuseForReasoning(body);
  const options = toObject(body["stream_options"]);
  const isStreamed = body["stream"] === true;
  if (options !== undefined && !isStreamed)
    throw invalidRequest(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      "stream_options",
    );
  return {
    model,
    isStreamed,
    includesUsage: options?.["include_usage"] === true,
    isObfuscated: options?.["include_obfuscation"] !== false,
    prompt: {
      turns: messages.map(readMessage),
      tools: toObjects(body["tools"]).flatMap(readTool),
      toolChoice: readToolChoice(body["tool_choice"]),
      schema: readSchema(toObject(body["response_format"])),
      mostOutputTokens: toNumber(body["max_completion_tokens"]) ?? toNumber(body["max_tokens"]) ?? 16_384,
    },
  };
}

function refuseForReasoning(body: JsonObject): void {
  if (body["max_tokens"] !== undefined && body["max_tokens"] !== null)
    throw invalidRequest(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      "max_tokens",
      "unsupported_parameter",
    );
  refuseTemperature(body);
}

/** Reasoning models have no temperature but the default. */
export function refuseTemperature(body: JsonObject): void {
  const temperature = toNumber(body["temperature"]);
  if (temperature !== undefined && temperature !== 1)
    throw invalidRequest(
      "Unsupported parameter: 'temperature' is not supported with this model.",
      "temperature",
    );
}

function readMessage(message: JsonObject): Turn {
  return {
    role: readRole(toText(message["role"])),
    text: readContent(message["content"]),
    calledTools: toObjects(message["tool_calls"]).flatMap(
      (call) => toText(toObject(call["function"])?.["name"]) ?? [],
    ),
  };
}

export function readRole(role: string | undefined): Turn["role"] {
  switch (role) {
    case "system":
    case "developer":
      return "system";
    case "user":
    case "assistant":
    case "tool":
      return role;
    default:
      throw invalidRequest(
        `Invalid value: '${role ?? ""}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.`,
        "messages[0].role",
        "invalid_value",
      );
  }
}

/** Content as text or as a list of parts. */
export function readContent(content: unknown): string {
  if (typeof content === "string") return content;
  return toList(content)
    .map((part) => toText(toObject(part)?.["text"]) ?? "")
    .join("\n");
}

function readTool(tool: JsonObject): OfferedTool[] {
  return readFunction(toObject(tool["function"]));
}

export function readFunction(definition: JsonObject | undefined): OfferedTool[] {
  const name = toText(definition?.["name"]);
  if (definition === undefined || name === undefined) return [];
  const parameters = toObject(definition["parameters"]) ?? {};
  // A caller's JSON Schema: every field the model looks at is optional and read with a check.
  return [
    { name, description: toText(definition["description"]) ?? "", parameters: parameters as JsonSchema },
  ];
}

export function readToolChoice(choice: unknown): string {
  if (typeof choice === "string") return choice;
  const chosen = toObject(choice);
  return toText(toObject(chosen?.["function"])?.["name"]) ?? toText(chosen?.["name"]) ?? "auto";
}

function readSchema(format: JsonObject | undefined): JsonSchema | undefined {
  if (format?.["type"] === "json_object") return {};
  return toObject(toObject(format?.["json_schema"])?.["schema"]);
}
