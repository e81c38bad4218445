import { type ContentMap, isRecord, readValue } from "./content-map.ts";
import { readInputOutput, unwrapSingle } from "./io.ts";
import type { PartlySaid, SpanNature } from "./said.ts";

/** Opik: input and output of a span or a trace, always objects. */
export function readOpik(content: ContentMap, nature: SpanNature): PartlySaid {
  const given = unwrapSingle(readValue(content, "opik.input"), ["input", "query", "arguments"]);
  const input = unwrapConversation(unwrapOnly(given));
  const output = unwrapSingle(readValue(content, "opik.output"), ["output", "result"]);
  return readInputOutput({ input, output }, nature);
}

/** A function that was tracked has its arguments in a list, often of one. */
function unwrapOnly(input: unknown): unknown {
  if (!Array.isArray(input) || input.length !== 1) return input;
  const [only] = input as unknown[];
  return isMessage(only) ? input : only;
}

/** The only argument of a traced function, whatever its name, where it is a conversation. */
function unwrapConversation(input: unknown): unknown {
  if (!isRecord(input)) return input;
  const [value, ...others] = Object.values(input);
  const isConversation =
    others.length === 0 && Array.isArray(value) && value.length > 0 && value.every(isMessage);
  return isConversation ? value : input;
}

function isMessage(value: unknown): boolean {
  return isRecord(value) && typeof value["role"] === "string";
}
