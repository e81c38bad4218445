import { type ContentMap, readValue } from "./content-map.ts";
import { readInputOutput } from "./io.ts";
import type { PartlySaid, SpanNature } from "./said.ts";

/** Google's Agent Development Kit: a whole request and response, a tool's arguments and response, or data sent to an agent. */
export function readGoogleAdk(content: ContentMap, nature: SpanNature): PartlySaid {
  const either = (...names: string[]): unknown =>
    names
      .map((name) => readValue(content, `gcp.vertex.agent.${name}`))
      .find((value) => value !== undefined && value !== "N/A" && !isEmptyObject(value));
  return readInputOutput(
    {
      input: either("llm_request", "tool_call_args", "data"),
      output: either("llm_response", "tool_response"),
    },
    nature,
  );
}

/** With capturing off, the kit writes `{}` in place of everything. */
function isEmptyObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
