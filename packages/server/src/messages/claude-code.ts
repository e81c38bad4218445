import type { Message } from "@spanlight/contract";
import { type ContentMap, isRecord, readValue } from "./content-map.ts";
import { readInputOutput } from "./io.ts";
import { readEvents } from "./read-events.ts";
import type { PartlySaid, SpanNature } from "./said.ts";
import { toParts } from "./to-parts.ts";

/** Claude Code's own spans, with detailed tracing on. What it may not say it writes as `<REDACTED>`. */
export function readClaudeCode(content: ContentMap, nature: SpanNature): PartlySaid {
  const said = (key: string): unknown => {
    const value = readValue(content, key);
    return value === "<REDACTED>" ? undefined : value;
  };
  const input =
    nature.spanType === "tool" ? said("tool_input") : (said("user_prompt") ?? said("new_context"));
  const output = said("response.model_output") ?? readToolOutput(nature);
  const { inputMessages, outputMessages, ...others } = readInputOutput({ input, output }, nature);
  return {
    ...others,
    inputMessages: firstOf(inputMessages, readTurns(content, { attribute: "prompt", role: "user" })),
    outputMessages: firstOf(outputMessages, readTurns(content, { attribute: "response", role: "assistant" })),
    systemInstructions: toParts(said("user_system_prompt")),
  };
}

/** What was asked and answered is told by log events too: `user_prompt` and `assistant_response`. */
function readTurns(content: ContentMap, turn: { attribute: string; role: string }): Message[] {
  return readEvents(content)
    .map((event) => event.attributes[turn.attribute])
    .filter((text): text is string => typeof text === "string" && text !== "" && text !== "<REDACTED>")
    .map((text) => ({ role: turn.role, parts: [{ type: "text", content: text }] }));
}

function firstOf(said: Message[] | undefined, told: Message[]): Message[] {
  return said === undefined || said.length === 0 ? told : said;
}

/** What a tool gave back is a span event `tool.output`. */
function readToolOutput({ spanType, events = [] }: SpanNature): unknown {
  const attributes =
    spanType === "tool" ? events.find((event) => event["name"] === "tool.output")?.["attributes"] : undefined;
  return isRecord(attributes) ? (attributes["output"] ?? attributes["content"]) : undefined;
}
