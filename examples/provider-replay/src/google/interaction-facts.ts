import {
  asJson,
  asList,
  asNumber,
  asText,
  parseArguments,
  type CallFacts,
  type Json,
  type UsageFacts,
} from "../facts.ts";

/** Facts of a whole interaction. */
export function interactionFacts(body: unknown): CallFacts {
  const interaction = asJson(body);
  const steps = asList(interaction["steps"]);
  return {
    responseModel: asText(interaction["model"]),
    responseId: asText(interaction["id"]),
    usage: usageOf(asJson(interaction["usage"])),
    finishReasons: [String(interaction["status"])],
    toolCalls: steps
      .filter(({ type }) => type === "function_call")
      .map((step) => ({ id: asText(step["id"]), name: String(step["name"]), arguments: step["arguments"] })),
    text: steps
      .flatMap((step) => asList(step["content"]))
      .map(({ text }) => asText(text) ?? "")
      .join(""),
    failed: false,
  };
}

/** Thoughts are counted beside the output, what tools gave beside the input. */
function usageOf(usage: Json): UsageFacts | undefined {
  const input = asNumber(usage["total_input_tokens"]);
  if (input === undefined) return undefined;
  const reasoning = asNumber(usage["total_thought_tokens"]);
  return {
    input: input + (asNumber(usage["total_tool_use_tokens"]) ?? 0),
    output: (asNumber(usage["total_output_tokens"]) ?? 0) + (reasoning ?? 0),
    cacheRead: asNumber(usage["total_cached_tokens"]),
    cacheWrite: undefined,
    reasoning,
  };
}

/** Facts of a streamed interaction: its last event has all but the steps. */
export function interactionStreamFacts(events: readonly unknown[]): CallFacts {
  const list = events.map(asJson);
  const last = list.findLast(({ event_type }) => event_type === "interaction.completed");
  const calls = list.filter((event) => asJson(event["step"])["type"] === "function_call");
  const deltas = (type: string, index?: unknown): Json[] =>
    list
      .filter((event) => index === undefined || event["index"] === index)
      .map(({ delta }) => asJson(delta))
      .filter((delta) => delta["type"] === type);
  return {
    ...interactionFacts(last?.["interaction"]),
    toolCalls: calls.map(({ index, step }) => ({
      id: asText(asJson(step)["id"]),
      name: String(asJson(step)["name"]),
      arguments: parseArguments(
        deltas("arguments_delta", index)
          .map((delta) => asText(delta["arguments"]) ?? "")
          .join(""),
      ),
    })),
    text: deltas("text")
      .map(({ text }) => asText(text) ?? "")
      .join(""),
  };
}
