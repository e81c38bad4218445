import { type ContentMap, isRecord, readValue } from "./content-map.ts";
import { readInputOutput } from "./io.ts";
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
  return {
    ...readInputOutput({ input, output: said("response.model_output") ?? readToolOutput(nature) }, nature),
    systemInstructions: toParts(said("user_system_prompt")),
  };
}

/** What a tool gave back is a span event `tool.output`. */
function readToolOutput({ spanType, events = [] }: SpanNature): unknown {
  const attributes =
    spanType === "tool" ? events.find((event) => event["name"] === "tool.output")?.["attributes"] : undefined;
  return isRecord(attributes) ? (attributes["output"] ?? attributes["content"]) : undefined;
}
