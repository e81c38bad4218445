import { isRecord, parseText } from "./content-map.ts";
import type { PartlySaid, SpanNature } from "./said.ts";
import { toDocuments } from "./to-documents.ts";
import { toMessages } from "./to-messages.ts";
import { toParts } from "./to-parts.ts";

/** What went into a span and what came out, in whatever form its dialect keeps them. */
export interface InputOutput {
  readonly input: unknown;
  readonly output: unknown;
}

/**
 * Reads input and output by the kind of work: a tool's arguments and result, a retrieval's query and documents, else messages. An input
 * that is a whole request (`{ messages, system, tools }`) gives its instructions and tools too.
 */
export function readInputOutput({ input, output }: InputOutput, { spanType }: SpanNature): PartlySaid {
  if (spanType === "tool") return { toolArguments: input, toolResult: output };
  if (spanType === "retrieval" || spanType === "reranker") {
    return { inputMessages: toMessages(input, "user"), documents: toDocuments(output) };
  }
  return {
    inputMessages: toMessages(input, "user"),
    // The numbers of an embedding are not shown.
    outputMessages: spanType === "embedding" ? [] : toMessages(output, "assistant"),
    ...readRequest(input),
  };
}

/** Fields of a request beside its messages, as OpenAI, Anthropic and Google name them. */
export function readRequest(input: unknown): Pick<PartlySaid, "systemInstructions" | "toolDefinitions"> {
  if (!isRecord(input)) return {};
  const config = isRecord(input["config"]) ? input["config"] : {};
  const system =
    input["system"] ??
    input["instructions"] ??
    input["systemInstruction"] ??
    input["system_instruction"] ??
    config["systemInstruction"] ??
    config["system_instruction"];
  const tools = input["tools"] ?? input["functions"] ?? config["tools"];
  return {
    systemInstructions: isRequest(input) ? toParts(unwrapParts(system)) : [],
    toolDefinitions: Array.isArray(tools) ? tools.flatMap(toDefinitions) : [],
  };
}

/** A plain object may well have a field `system` that is no instruction. */
function isRequest(input: Record<string, unknown>): boolean {
  return ["messages", "contents", "input", "prompt"].some((name) => name in input);
}

/** Google's instructions are a content: `{ role, parts }`. */
function unwrapParts(system: unknown): unknown {
  return isRecord(system) && Array.isArray(system["parts"]) ? system["parts"] : system;
}

/** Google lists functions in groups. */
function toDefinitions(tool: unknown): unknown[] {
  if (!isRecord(tool)) return [typeof tool === "string" ? parseText(tool) : tool];
  const functions = tool["functionDeclarations"] ?? tool["function_declarations"];
  return Array.isArray(functions) ? functions : [tool];
}

/** `{ input: "hi" }` is "hi": a wrapper around one value says nothing of its own. */
export function unwrapSingle(value: unknown, names: readonly string[]): unknown {
  if (!isRecord(value)) return value;
  const [key, ...others] = Object.keys(value);
  return key !== undefined && others.length === 0 && names.includes(key) ? value[key] : value;
}
