import { type ContentMap, readValue } from "./content-map.ts";
import type { PartlySaid, SpanNature } from "./said.ts";
import { toDocuments } from "./to-documents.ts";
import { toMessages } from "./to-messages.ts";

/** Keys for what went in and came out that no dialect's own reader takes, the first that is there counts. */
const INPUTS = [
  "input",
  "langfuse.observation.input",
  "traceloop.entity.input",
  "gcp.vertex.agent.llm_request",
  "gcp.vertex.agent.tool_call_args",
  "input.value",
];
const OUTPUTS = [
  "output",
  "langfuse.observation.output",
  "traceloop.entity.output",
  "gcp.vertex.agent.llm_response",
  "gcp.vertex.agent.tool_response",
  "output.value",
];

/** A span's plain input and output: a tool's arguments and result, a retrieval's query and documents, else messages. */
export function readGenericIo(content: ContentMap, { spanType }: SpanNature): PartlySaid {
  const input = readFirst(content, INPUTS);
  const output = readFirst(content, OUTPUTS);
  if (spanType === "tool") return { toolArguments: input, toolResult: output };
  if (spanType === "retrieval" || spanType === "reranker") {
    return { inputMessages: toMessages(input, "user"), documents: toDocuments(output) };
  }
  return { inputMessages: toMessages(input, "user"), outputMessages: toMessages(output, "assistant") };
}

function readFirst(content: ContentMap, keys: readonly string[]): unknown {
  for (const key of keys) {
    const value = readValue(content, key);
    if (value !== undefined) return value;
  }
  return undefined;
}
