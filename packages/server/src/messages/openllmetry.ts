import { type ContentMap, isRecord, readValue } from "./content-map.ts";
import { readInputOutput, unwrapSingle } from "./io.ts";
import type { PartlySaid, SpanNature } from "./said.ts";

/** OpenLLMetry: what went into a workflow, task, agent or tool. Its model calls speak the GenAI conventions, old or new. */
export function readOpenLlmetry(content: ContentMap, nature: SpanNature): PartlySaid {
  const input = readValue(content, "traceloop.entity.input");
  const output = readValue(content, "traceloop.entity.output");
  return readInputOutput({ input: unwrapCall(input), output: unwrapSingle(output, ["outputs"]) }, nature);
}

/** The decorators keep a call as `{ args, kwargs }`, LangChain's callback as `{ inputs, tags, metadata, kwargs }`. */
function unwrapCall(input: unknown): unknown {
  if (!isRecord(input)) return input;
  const { args, kwargs, inputs } = input;
  if (inputs !== undefined) return inputs;
  if (!Array.isArray(args)) return input;
  const named = isRecord(kwargs) && Object.keys(kwargs).length > 0 ? kwargs : undefined;
  if (args.length === 0) return named ?? args;
  const [first] = args as unknown[];
  return args.length === 1 && named === undefined ? first : { args: args as unknown[], ...named };
}
