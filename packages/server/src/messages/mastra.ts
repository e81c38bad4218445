import { type ContentMap, readValue } from "./content-map.ts";
import { readInputOutput } from "./io.ts";
import type { PartlySaid, SpanNature } from "./said.ts";

/** Mastra: `mastra.{span type}.input` and `.output` of everything that is no model call; those speak the GenAI conventions. */
export function readMastra(content: ContentMap, nature: SpanNature): PartlySaid {
  const keyOf = (end: string): string =>
    Object.keys(content).find((key) => key.startsWith("mastra.") && key.endsWith(end)) ?? "";
  return readInputOutput(
    { input: readValue(content, keyOf(".input")), output: readValue(content, keyOf(".output")) },
    nature,
  );
}
