import type { Exchange } from "./exchange.ts";
import type { JsonObject } from "./json.ts";
import type { Answer } from "./prompt.ts";
import { createHex } from "./random.ts";
import type { ResponsesRequest } from "./read-responses-request.ts";
import type { TokenCounts } from "./usage.ts";

/** The items of a finished response, reasoning first. */
export interface OutputItems {
  readonly reasoning: JsonObject | undefined;
  readonly item: JsonObject;
}

export function toOutputItems(exchange: Exchange, answer: Answer): OutputItems {
  const reasoning =
    answer.reasoningTokens === 0
      ? undefined
      : { id: `rs_${createHex(exchange.random, 50)}`, type: "reasoning", summary: [] };
  const [call] = answer.toolCalls;
  if (call === undefined) return { reasoning, item: toMessage(exchange, answer) };
  const item = {
    id: `fc_${createHex(exchange.random, 50)}`,
    type: "function_call",
    status: "completed",
    arguments: call.arguments,
    call_id: call.id,
    name: call.name,
  };
  return { reasoning, item };
}

function toMessage(exchange: Exchange, answer: Answer): JsonObject {
  return {
    id: `msg_${createHex(exchange.random, 50)}`,
    type: "message",
    status: answer.finish === "stop" ? "completed" : "incomplete",
    content: [{ type: "output_text", annotations: [], logprobs: [], text: answer.text }],
    role: "assistant",
  };
}

/** What a response says of the request's parameters, with the values that stand where the request is silent. */
const parameterDefaults: JsonObject = {
  instructions: null,
  max_output_tokens: null,
  parallel_tool_calls: true,
  prompt_cache_key: null,
  store: true,
  temperature: 1,
  text: { format: { type: "text" }, verbosity: "medium" },
  tool_choice: "auto",
  tools: [],
  top_p: 1,
  user: null,
  metadata: {},
};

/** The response before it has any output. */
export function toOpenResponse(exchange: Exchange, request: ResponsesRequest): JsonObject {
  const effort = request.model.kind === "reasoning" ? "medium" : null;
  const defaults: JsonObject = { ...parameterDefaults, reasoning: { effort, summary: null } };
  const given = Object.entries(exchange.body).filter(([name]) => name in defaults);
  return {
    id: `resp_${createHex(exchange.random, 50)}`,
    object: "response",
    created_at: exchange.createdSeconds,
    status: "in_progress",
    background: false,
    error: null,
    incomplete_details: null,
    max_tool_calls: null,
    model: request.model.snapshot,
    output: [],
    previous_response_id: request.previousId ?? null,
    safety_identifier: null,
    service_tier: "auto",
    top_logprobs: 0,
    truncation: "disabled",
    usage: null,
    ...defaults,
    ...Object.fromEntries(given),
  };
}

const incompleteReasons: Partial<Record<Answer["finish"], string>> = {
  length: "max_output_tokens",
  content_filter: "content_filter",
};

/** The response with its output and usage: `completed`, or `incomplete` with the reason. */
export function toClosedResponse(
  open: JsonObject,
  { reasoning, item }: OutputItems,
  { answer, tokens }: { answer: Answer; tokens: TokenCounts },
): JsonObject {
  const reason = incompleteReasons[answer.finish];
  return {
    ...open,
    status: reason === undefined ? "completed" : "incomplete",
    incomplete_details: reason === undefined ? null : { reason },
    output: [...(reasoning === undefined ? [] : [reasoning]), item],
    service_tier: "default",
    usage: {
      input_tokens: tokens.input,
      input_tokens_details: { cached_tokens: tokens.cached },
      output_tokens: tokens.output,
      output_tokens_details: { reasoning_tokens: tokens.reasoning },
      total_tokens: tokens.input + tokens.output,
    },
  };
}
