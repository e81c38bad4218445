import { type ContentMap, readValue } from "./content-map.ts";
import { readInputOutput, unwrapSingle } from "./io.ts";
import type { PartlySaid, SpanNature } from "./said.ts";

/** Opik: input and output of a span or a trace, always objects. */
export function readOpik(content: ContentMap, nature: SpanNature): PartlySaid {
  const input = unwrapSingle(readValue(content, "opik.input"), ["input", "query"]);
  const output = unwrapSingle(readValue(content, "opik.output"), ["output", "result"]);
  return readInputOutput({ input, output }, nature);
}
