import { type ContentMap, readValue } from "./content-map.ts";
import { readInputOutput } from "./io.ts";
import type { PartlySaid, SpanNature } from "./said.ts";

/** A span's plain `input` and `output`, which no dialect claims. */
export function readGenericIo(content: ContentMap, nature: SpanNature): PartlySaid {
  return readInputOutput(
    {
      input: readValue(content, "input") ?? readValue(content, "input.value"),
      output: readValue(content, "output") ?? readValue(content, "output.value"),
    },
    nature,
  );
}
