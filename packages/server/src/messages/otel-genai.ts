import type { Message, RetrievedDocument } from "@spanlight/contract";
import { genAi } from "@spanlight/conventions";
import { type ContentMap, readValue, unflatten } from "./content-map.ts";
import { type GenAiEvent, readEvents } from "./read-events.ts";
import type { PartlySaid } from "./said.ts";
import { toDocuments } from "./to-documents.ts";
import { toMessages } from "./to-messages.ts";
import { toParts } from "./to-parts.ts";

/** OpenTelemetry's GenAI conventions: the current names, the ones before (`gen_ai.prompt…`), and messages as span events. */
export function readOtelGenAi(content: ContentMap): PartlySaid {
  const events = readEvents(content);
  const detail = (key: string): unknown =>
    readValue(content, key) ?? events.find((event) => key in event.attributes)?.attributes[key];
  const input = toMessages(detail(genAi.inputMessages), "user");
  const output = toMessages(detail(genAi.outputMessages), "assistant");
  const query =
    readValue(content, genAi.retrievalQueryText) ?? readValue(content, "gen_ai.memory.query.text");
  return {
    inputMessages: firstOf(
      input,
      readOld(content, "gen_ai.prompt", "user"),
      readInputEvents(events),
      toMessages(query, "user"),
    ),
    outputMessages: firstOf(
      output,
      readOld(content, "gen_ai.completion", "assistant"),
      readChoiceEvents(events),
    ),
    systemInstructions: toParts(detail(genAi.systemInstructions)),
    toolDefinitions:
      toList(detail(genAi.toolDefinitions)) ?? toList(unflatten(content, "llm.request.functions.")),
    toolArguments: readValue(content, genAi.toolCallArguments) ?? readValue(content, "gen_ai.tool.args"),
    toolResult: readValue(content, genAi.toolCallResult),
    documents: readDocuments(content),
  };
}

function firstOf(...lists: Message[][]): Message[] {
  return lists.find((list) => list.length > 0) ?? [];
}

/** `gen_ai.prompt` as one text or JSON, or spread out: `gen_ai.prompt.0.role`, `.content`, `.tool_calls.0.name`. */
function readOld(content: ContentMap, key: string, role: string): Message[] {
  const whole = toMessages(readValue(content, key), role);
  return whole.length > 0 ? whole : toMessages(unflatten(content, `${key}.`), role);
}

function readDocuments(content: ContentMap): RetrievedDocument[] {
  return toDocuments(
    readValue(content, genAi.retrievalDocuments) ?? readValue(content, "gen_ai.memory.records"),
  );
}

const INPUT_EVENTS: Readonly<Record<string, string>> = {
  "gen_ai.system.message": "system",
  "gen_ai.user.message": "user",
  "gen_ai.assistant.message": "assistant",
  "gen_ai.tool.message": "tool",
};

function readInputEvents(events: readonly GenAiEvent[]): Message[] {
  return events.flatMap(({ name, attributes }) => {
    const role = INPUT_EVENTS[name];
    return role === undefined ? [] : toMessages({ role, ...parseFields(attributes) }, role);
  });
}

function readChoiceEvents(events: readonly GenAiEvent[]): Message[] {
  return events.flatMap(({ name, attributes }) => {
    return name === "gen_ai.choice"
      ? toMessages({ role: "assistant", ...parseFields(attributes) }, "assistant")
      : [];
  });
}

/** Structured fields of an event arrive as JSON text where the SDK could not send them otherwise. */
function parseFields(attributes: Record<string, unknown>): Record<string, unknown> {
  const map: ContentMap = Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
  const fields = { ...attributes };
  for (const key of ["message", "tool_calls", "content"]) {
    const value = readValue(map, key);
    if (value !== undefined) fields[key] = value;
  }
  return fields;
}

function toList(value: unknown): unknown[] | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value : [value];
}
