import type { CallRecord, ContentReader } from "../../call-record.ts";
import type { InputMessage, MessagePart, OutputMessage } from "../../message.ts";
import { countCharacters, estimateUsage } from "../estimate-usage.ts";
import { fieldsOf, listOf, numberOf, parseJson, textOf, type Fields } from "../read-value.ts";
import type { StreamReader } from "../stream-reader.ts";

/** What was sent to Google's interactions API and the steps that came back. */
export class InteractionContent implements ContentReader {
  readonly #input: unknown;
  readonly #system: unknown;
  readonly #tools: readonly unknown[];
  steps: readonly unknown[] = [];
  finishReason = "";

  constructor(params: Fields) {
    const input = params["input"];
    this.#input = Array.isArray(input) ? [...(input as readonly unknown[])] : input;
    this.#system = params["system_instruction"];
    this.#tools = listOf(params["tools"]);
  }

  readInput(): readonly InputMessage[] {
    if (typeof this.#input === "string") return [{ role: "user", parts: textPart(this.#input) }];
    const items = Array.isArray(this.#input) ? listOf(this.#input) : [this.#input];
    return items.map(fieldsOf).map((item) => ({ role: roleOf(item), parts: toParts(item) }));
  }

  readSystem(): readonly MessagePart[] {
    return typeof this.#system === "string" ? textPart(this.#system) : [];
  }

  readOutput(): readonly OutputMessage[] {
    const parts = this.steps.map(fieldsOf).flatMap(toParts);
    return parts.length === 0 ? [] : [{ role: "assistant", parts, finish_reason: this.finishReason }];
  }

  readTools(): readonly unknown[] {
    return this.#tools;
  }
}

function textPart(content: string): MessagePart[] {
  return content === "" ? [] : [{ type: "text", content }];
}

function roleOf(item: Fields): string {
  const role = textOf(item["role"]);
  if (role !== undefined) return role === "model" ? "assistant" : role;
  if (item["type"] === "function_result") return "tool";
  return item["type"] === "model_output" || item["type"] === "function_call" ? "assistant" : "user";
}

/** The parts of a step, of a turn, or of one piece of content. */
function toParts(item: Fields): MessagePart[] {
  switch (item["type"]) {
    case "function_call":
      return [
        {
          type: "tool_call",
          id: textOf(item["id"]) ?? null,
          name: textOf(item["name"]) ?? "",
          arguments: item["arguments"],
        },
      ];
    case "function_result":
      return [{ type: "tool_call_response", id: textOf(item["call_id"]) ?? null, response: item["result"] }];
    case "thought":
      return listOf(item["summary"]).map((piece) => ({
        type: "reasoning",
        content: textOf(fieldsOf(piece)["text"]) ?? "",
      }));
    case "text":
      return textPart(textOf(item["text"]) ?? "");
    default:
      return toOther(item);
  }
}

function toOther(item: Fields): MessagePart[] {
  const { content } = item;
  if (typeof content === "string") return textPart(content);
  if (Array.isArray(content)) return content.map(fieldsOf).flatMap(toParts);
  const type = textOf(item["type"]);
  return type === undefined
    ? []
    : [{ type: "server_tool_call", id: null, name: type, server_tool_call: item }];
}

/** Fills the record from a whole interaction. */
export function readInteraction(record: CallRecord, interaction: Fields): void {
  record.responseId = textOf(interaction["id"]) ?? record.responseId;
  record.responseModel = textOf(interaction["model"]) ?? record.responseModel;
  const status = textOf(interaction["status"]);
  if (status !== undefined && status !== "in_progress") record.finishReasons = [status];
  readUsage(record, fieldsOf(interaction["usage"]));
  const steps = listOf(interaction["steps"]);
  if (!(record.content instanceof InteractionContent)) return;
  record.content.finishReason = record.finishReasons[0] ?? "";
  if (steps.length > 0) record.content.steps = steps;
}

/** Google counts thoughts beside the output and the results of its own tools beside the input. */
function readUsage(record: CallRecord, usage: Fields): void {
  const inputTokens = numberOf(usage["total_input_tokens"]);
  if (inputTokens === undefined) return;
  const reasoningTokens = numberOf(usage["total_thought_tokens"]);
  record.usage = {
    inputTokens: inputTokens + (numberOf(usage["total_tool_use_tokens"]) ?? 0),
    outputTokens: (numberOf(usage["total_output_tokens"]) ?? 0) + (reasoningTokens ?? 0),
    cacheReadTokens: numberOf(usage["total_cached_tokens"]),
    cacheWriteTokens: undefined,
    reasoningTokens,
  };
}

interface GrowingStep {
  readonly step: Fields;
  text: string;
  arguments: string;
}

/** Reads the events of a streamed interaction. */
export class InteractionReader implements StreamReader {
  readonly #record: CallRecord;
  readonly #steps = new Map<number, GrowingStep>();

  constructor(record: CallRecord) {
    this.#record = record;
  }

  read(event: Fields): boolean {
    const index = numberOf(event["index"]) ?? 0;
    switch (event["event_type"]) {
      case "step.start": {
        const step = fieldsOf(event["step"]);
        this.#steps.set(index, { step, text: "", arguments: "" });
        return step["type"] === "function_call";
      }
      case "step.delta":
        return this.#grow(this.#steps.get(index), fieldsOf(event["delta"]));
      case "error":
        this.#record.error = readError(fieldsOf(event["error"]));
        return false;
      default:
        readInteraction(this.#record, fieldsOf(event["interaction"]));
        return false;
    }
  }

  #grow(growing: GrowingStep | undefined, delta: Fields): boolean {
    if (growing === undefined) return false;
    if (delta["type"] === "text") growing.text += textOf(delta["text"]) ?? "";
    if (delta["type"] === "arguments_delta") growing.arguments += textOf(delta["arguments"]) ?? "";
    return delta["type"] === "text" || delta["type"] === "arguments_delta";
  }

  finish(): void {
    const steps = [...this.#steps.values()].map(toStep);
    if (this.#record.content instanceof InteractionContent && steps.length > 0)
      this.#record.content.steps = steps;
    if (this.#record.usage === undefined)
      estimateUsage(this.#record, countCharacters(this.#record.messages), countCharacters(steps));
  }
}

function toStep({ step, text, arguments: given }: GrowingStep): unknown {
  if (step["type"] === "function_call" && given !== "") return { ...step, arguments: parseJson(given) };
  if (text === "") return step;
  return { ...step, content: [...listOf(step["content"]), { type: "text", text }] };
}

function readError(error: Fields): CallRecord["error"] {
  const code = error["code"];
  return {
    type: typeof code === "number" ? String(code) : (textOf(code) ?? "_OTHER"),
    message: textOf(error["message"]) ?? "the interaction failed",
    code: textOf(code),
  };
}
