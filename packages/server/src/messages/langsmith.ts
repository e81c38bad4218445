import { type ContentMap, isRecord, readValue } from "./content-map.ts";
import { readInputOutput, unwrapSingle } from "./io.ts";
import type { PartlySaid, SpanNature } from "./said.ts";

/**
 * LangSmith: inputs and outputs of a run, as objects; a function's only argument is `input`, of several `args` the request comes first,
 * what it returned is `outputs` or `output`.
 */
export function readLangSmith(content: ContentMap, nature: SpanNature): PartlySaid {
  const given = unwrapSingle(readValue(content, "gen_ai.prompt"), ["input", "inputs", "query"]);
  const input = nature.spanType === "model" ? firstRequest(given) : given;
  const output = unwrapSingle(readValue(content, "gen_ai.completion"), ["outputs", "output"]);
  return readInputOutput({ input, output }, nature);
}

/** A call with options beside its request: `{ args: [{ model, messages }, { langsmithExtra }] }`. */
function firstRequest(given: unknown): unknown {
  const args = isRecord(given) ? given["args"] : undefined;
  const [first] = Array.isArray(args) ? (args as unknown[]) : [];
  return isRecord(first) && "model" in first ? first : given;
}
