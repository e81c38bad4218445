// Spans of large traces as JSON, without objects in between. Watched by `npm run bench promql -- trace`.
import { spanTypeSchema } from "@spanlight/contract";
import type { ColumnBlock } from "../../store/native/column.ts";
import { columnOf } from "../../store/native/read-blocks.ts";
import { numbersOf } from "../../store/native/values.ts";
import { SPAN_KINDS, SPAN_STATUSES } from "../span-row.ts";
import {
  createInstantWriter,
  jsonFlags,
  jsonIds,
  jsonNames,
  jsonNumbers,
  type JsonOf,
  jsonTexts,
  quote,
  quoteOrNull,
} from "./json-columns.ts";

/** What an outline leaves out, empty as the span has none of it. */
const LEFT_OUT = JSON.stringify({
  costLines: [],
  pricedBy: null,
  inputMessages: [],
  outputMessages: [],
  systemInstructions: [],
  toolDefinitions: [],
  toolArguments: null,
  toolResult: null,
  documents: [],
  events: [],
  links: [],
  attributes: {},
  resource: {},
}).slice(1);

/** Writes a row of a block as a span of the API. */
export function createSpanWriter(block: ColumnBlock): (row: number) => string {
  const fields = listFields(block);
  const parts = fields.map(([name, json], index) => ({ name: `${index === 0 ? "{" : ","}"${name}":`, json }));
  return (row) => {
    let text = "";
    for (const { name, json } of parts) text += name + json(row);
    return `${text},${LEFT_OUT}`;
  };
}

function listFields(block: ColumnBlock): Array<[name: string, json: JsonOf]> {
  const optional = (name: string): JsonOf => jsonTexts(block, name, quoteOrNull);
  return [
    ["spanId", jsonIds(block, "span_id")],
    ["parentSpanId", jsonParents(block)],
    ["name", jsonTexts(block, "name")],
    ["kind", jsonNames(block, "kind", SPAN_KINDS)],
    ["service", jsonTexts(block, "service")],
    ["startTime", jsonStarts(block)],
    ["durationMs", jsonDurations(block)],
    ["status", jsonNames(block, "status", SPAN_STATUSES)],
    ["statusMessage", optional("status_message")],
    ["errorType", optional("error_type")],
    ["spanType", jsonTexts(block, "span_type", (text) => quote(toSpanType(text)))],
    ["dialect", optional("dialect")],
    ["operation", optional("operation")],
    ["provider", optional("provider")],
    ["requestModel", optional("request_model")],
    ["responseModel", optional("response_model")],
    ["inputTokens", jsonNumbers(block, "input_tokens")],
    ["outputTokens", jsonNumbers(block, "output_tokens")],
    ["cacheReadTokens", jsonNumbers(block, "cache_read_tokens")],
    ["cacheWriteTokens", jsonNumbers(block, "cache_write_tokens")],
    ["reasoningTokens", jsonNumbers(block, "reasoning_tokens")],
    ["usageEstimated", jsonFlags(block, "usage_estimated")],
    ["billed", jsonFlags(block, "billed")],
    ["costUsd", jsonNumbers(block, "cost_usd")],
    ["unpriced", jsonFlags(block, "unpriced")],
    ["hasContent", jsonFlags(block, "has_content")],
    ["ttftMs", jsonNumbers(block, "ttft_ms")],
    ["finishReasons", jsonTexts(block, "finish_reasons", toList)],
    ["toolName", optional("tool_name")],
    ["agentName", optional("agent_name")],
    ["userId", optional("user_id")],
    ["tenantId", optional("tenant_id")],
    ["sessionId", optional("session_id")],
    ["endpoint", optional("endpoint")],
    ["promptName", optional("prompt_name")],
    ["promptVersion", optional("prompt_version")],
    ["scope", jsonScopes(block)],
  ];
}

function toSpanType(text: string): string {
  const type = spanTypeSchema.safeParse(text);
  return type.success ? type.data : "other";
}

function toList(text: string): string {
  return JSON.stringify(text === "" ? [] : text.split(","));
}

function jsonParents(block: ColumnBlock): JsonOf {
  const ids = jsonIds(block, "parent_span_id");
  const roots = numbersOf(columnOf(block, "is_root"));
  return (row) => (roots[row] === 1 ? "null" : ids(row));
}

function jsonStarts(block: ColumnBlock): JsonOf {
  const seconds = numbersOf(columnOf(block, "start_seconds"));
  const nanoseconds = numbersOf(columnOf(block, "start_nanoseconds"));
  const write = createInstantWriter();
  return (row) => `"${write(seconds[row] ?? 0, nanoseconds[row] ?? 0)}"`;
}

function jsonDurations(block: ColumnBlock): JsonOf {
  const nanoseconds = jsonNumbers(block, "duration_ns");
  return (row) => String(Number(nanoseconds(row)) / 1e6);
}

function jsonScopes(block: ColumnBlock): JsonOf {
  const [name, version] = [jsonTexts(block, "scope_name"), jsonTexts(block, "scope_version")];
  return (row) => `{"name":${name(row)},"version":${version(row)}}`;
}
