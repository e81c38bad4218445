import { type ContentMap, readValue } from "./content-map.ts";
import { readInputOutput, unwrapSingle } from "./io.ts";
import type { PartlySaid, SpanNature } from "./said.ts";

/** LangSmith: inputs and outputs of a run, as objects; a function's only argument is `input`, what it returned is `outputs` or `output`. */
export function readLangSmith(content: ContentMap, nature: SpanNature): PartlySaid {
  const input = unwrapSingle(readValue(content, "gen_ai.prompt"), ["input", "inputs", "query"]);
  const output = unwrapSingle(readValue(content, "gen_ai.completion"), ["outputs", "output"]);
  return readInputOutput({ input, output }, nature);
}
