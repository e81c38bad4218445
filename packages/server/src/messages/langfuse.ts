import { type ContentMap, readValue } from "./content-map.ts";
import { readInputOutput } from "./io.ts";
import type { PartlySaid, SpanNature } from "./said.ts";

/** Langfuse: input and output of the observation; those of its trace stand on the root span. */
export function readLangfuse(content: ContentMap, nature: SpanNature): PartlySaid {
  const input =
    readValue(content, "langfuse.observation.input") ?? readValue(content, "langfuse.trace.input");
  const output =
    readValue(content, "langfuse.observation.output") ?? readValue(content, "langfuse.trace.output");
  return readInputOutput({ input, output }, nature);
}
