import {
  asJson,
  asList,
  asNumber,
  asText,
  failedCall,
  parseArguments,
  type CallFacts,
  type Json,
  type ToolCallFacts,
  type UsageFacts,
} from "../facts.ts";

/** Facts of a chat completion. */
export function chatFacts(body: unknown): CallFacts {
  const answer = asJson(body);
  if (answer["error"] !== undefined) return failedCall;
  const choices = asList(answer["choices"]);
  const messages = choices.map((choice) => asJson(choice["message"]));
  return {
    responseModel: asText(answer["model"]),
    responseId: asText(answer["id"]),
    usage: chatUsage(answer["usage"]),
    finishReasons: choices.map((choice) => asText(choice["finish_reason"]) ?? ""),
    toolCalls: messages.flatMap(messageToolCalls),
    text: messages.map((message) => textOf(message["content"])).join(""),
    failed: false,
  };
}

/** Facts of a chat stream: its chunks put together the plain way. */
export function chatStreamFacts(events: readonly unknown[]): CallFacts {
  const chunks = events.map(asJson);
  const choices = chunks.flatMap((chunk) => asList(chunk["choices"]));
  const deltas = choices.map((choice) => asJson(choice["delta"]));
  // One reason a choice, though some providers say it twice.
  const reasons = new Map<number, string>();
  for (const choice of choices) {
    const reason = asText(choice["finish_reason"]);
    if (reason !== undefined) reasons.set(asNumber(choice["index"]) ?? 0, reason);
  }
  const identity = chunks.find((chunk) => (asText(chunk["id"]) ?? "") !== "");
  const models = chunks.flatMap((chunk) => asText(chunk["model"]) ?? []).filter((model) => model !== "");
  return {
    responseModel: models.at(-1),
    responseId: asText(identity?.["id"]),
    usage: chunks.map((chunk) => chatUsage(chunk["usage"])).findLast((usage) => usage !== undefined),
    finishReasons: [...reasons.values()],
    toolCalls: joinToolCalls(deltas),
    text: deltas.map((delta) => textOf(delta["content"])).join(""),
    failed: chunks.some((chunk) => chunk["error"] !== undefined),
  };
}

function chatUsage(value: unknown): UsageFacts | undefined {
  const usage = asJson(value);
  const input = asNumber(usage["prompt_tokens"]);
  if (input === undefined) return undefined;
  const completion = asNumber(usage["completion_tokens"]) ?? 0;
  const reasoning = asNumber(asJson(usage["completion_tokens_details"])["reasoning_tokens"]);
  const details = asJson(usage["prompt_tokens_details"]);
  const total = asNumber(usage["total_tokens"]);
  // What is in the total and in neither part is reasoning that the provider leaves out of the completion.
  const missing = total === undefined ? 0 : total - input - completion;
  return {
    input,
    output: completion + (missing === reasoning ? missing : 0),
    cacheRead: asNumber(details["cached_tokens"]) ?? asNumber(usage["prompt_cache_hit_tokens"]),
    cacheWrite: asNumber(details["cache_write_tokens"]),
    reasoning,
  };
}

function messageToolCalls(message: Json): ToolCallFacts[] {
  const calls = asList(message["tool_calls"]).map((call) => ({
    id: asText(call["id"]),
    name: asText(asJson(call["function"])["name"]) ?? "",
    arguments: parseArguments(asJson(call["function"])["arguments"]),
  }));
  const legacy = asJson(message["function_call"]);
  if (legacy["name"] === undefined) return calls;
  return [
    ...calls,
    { id: undefined, name: asText(legacy["name"]) ?? "", arguments: parseArguments(legacy["arguments"]) },
  ];
}

function joinToolCalls(deltas: readonly Json[]): ToolCallFacts[] {
  const joined = new Map<number, { id: string | undefined; name: string; text: string }>();
  for (const call of deltas.flatMap((delta) => asList(delta["tool_calls"]))) {
    const index = asNumber(call["index"]) ?? joined.size;
    const known = joined.get(index) ?? { id: undefined, name: "", text: "" };
    const details = asJson(call["function"]);
    known.id ??= asText(call["id"]);
    known.name += asText(details["name"]) ?? "";
    known.text += asText(details["arguments"]) ?? "";
    joined.set(index, known);
  }
  return [...joined.values()].map(({ id, name, text }) => ({ id, name, arguments: parseArguments(text) }));
}

/** Text of a content that is a string or, with some providers, a list of typed pieces. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return asList(content)
    .filter((piece) => piece["type"] === "text")
    .map((piece) => asText(piece["text"]) ?? "")
    .join("");
}

/** Facts of a text completion. */
export function completionFacts(body: unknown): CallFacts {
  const answer = asJson(body);
  if (answer["error"] !== undefined) return failedCall;
  return completionStreamFacts([answer]);
}

/** Facts of a text completion's stream. */
export function completionStreamFacts(events: readonly unknown[]): CallFacts {
  const chunks = events.map(asJson);
  const choices = chunks.flatMap((chunk) => asList(chunk["choices"]));
  return {
    responseModel: asText(chunks.at(-1)?.["model"]),
    responseId: asText(chunks[0]?.["id"]),
    usage: chunks.map((chunk) => chatUsage(chunk["usage"])).findLast((usage) => usage !== undefined),
    finishReasons: choices.flatMap((choice) => asText(choice["finish_reason"]) ?? []),
    toolCalls: [],
    text: choices.map((choice) => asText(choice["text"]) ?? "").join(""),
    failed: false,
  };
}

/** Facts of an embeddings answer. */
export function embeddingFacts(body: unknown): CallFacts {
  const answer = asJson(body);
  if (answer["error"] !== undefined) return failedCall;
  return {
    responseModel: asText(answer["model"]),
    responseId: asText(answer["id"]),
    usage: chatUsage(answer["usage"]),
    finishReasons: [],
    toolCalls: [],
    text: "",
    failed: false,
  };
}

/** Facts of a response of the responses API. */
export function responsesFacts(body: unknown): CallFacts {
  const answer = asJson(body);
  if (answer["error"] !== undefined && answer["error"] !== null) {
    return { ...failedCall, responseId: asText(answer["id"]), responseModel: asText(answer["model"]) };
  }
  const output = asList(answer["output"]);
  const calls = output.filter(({ type }) => type === "function_call" || type === "custom_tool_call");
  return {
    responseModel: asText(answer["model"]),
    responseId: asText(answer["id"]),
    usage: responsesUsage(answer["usage"]),
    finishReasons: responsesFinish(answer, output),
    toolCalls: calls.map((call) => ({
      id: asText(call["call_id"]),
      name: asText(call["name"]) ?? "",
      arguments: parseArguments(call["arguments"] ?? call["input"]),
    })),
    text: output
      .filter(({ type }) => type === "message")
      .flatMap((item) => asList(item["content"]))
      .map((piece) => asText(piece["text"]) ?? "")
      .join(""),
    failed: false,
  };
}

/** Facts of a responses stream: those of the response its last event carries, with the items as they were done. */
export function responsesStreamFacts(events: readonly unknown[]): CallFacts {
  const list = events.map(asJson);
  const error = list.find(({ type }) => type === "error");
  const states = list.map((event) => event["response"]).filter((response) => response !== undefined);
  const last = asJson(states.at(-1));
  if (error !== undefined)
    return { ...failedCall, responseId: asText(last["id"]), responseModel: asText(last["model"]) };
  const done = list.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item);
  const output = asList(last["output"]);
  return responsesFacts({ ...last, output: output.length > 0 ? output : done });
}

function responsesUsage(value: unknown): UsageFacts | undefined {
  const usage = asJson(value);
  const input = asNumber(usage["input_tokens"]);
  if (input === undefined) return undefined;
  const details = asJson(usage["input_tokens_details"]);
  return {
    input,
    output: asNumber(usage["output_tokens"]) ?? 0,
    cacheRead: asNumber(details["cached_tokens"]),
    cacheWrite: asNumber(details["cache_write_tokens"]),
    reasoning: asNumber(asJson(usage["output_tokens_details"])["reasoning_tokens"]),
  };
}

function responsesFinish(answer: Json, output: readonly Json[]): string[] {
  if (answer["status"] === "completed")
    return [output.some(({ type }) => type === "function_call") ? "tool_calls" : "stop"];
  if (answer["status"] === "incomplete") {
    const reason = asText(asJson(answer["incomplete_details"])["reason"]);
    return [reason === "max_output_tokens" ? "length" : (reason ?? "incomplete")];
  }
  return answer["status"] === "failed" ? ["error"] : [];
}
