import {
  asJson,
  asList,
  asNumber,
  asText,
  failedCall,
  parseArguments,
  type CallFacts,
  type Json,
  type UsageFacts,
} from "../facts.ts";

/** Facts of a whole answer of Cohere's chat (version 2), generate (1) or embed API, in the words of the wire. */
export function cohereFacts(body: unknown): CallFacts {
  const answer = asJson(body);
  const message = asJson(answer["message"]);
  const generations = asList(answer["generations"]);
  if (typeof answer["message"] === "string") return failedCall;
  return {
    responseModel: undefined,
    responseId: asText(answer["id"]),
    usage: usageOf(asJson(answer["usage"] ?? answer["meta"])),
    finishReasons: [answer, ...generations].flatMap((each) => asText(each["finish_reason"]) ?? []),
    toolCalls: asList(message["tool_calls"]).map(({ id, function: details }) => ({
      id: asText(id),
      name: String(asJson(details)["name"]),
      arguments: parseArguments(asJson(details)["arguments"]),
    })),
    text: [...asList(message["content"]), ...generations].map(({ text }) => asText(text) ?? "").join(""),
    failed: false,
  };
}

function usageOf(usage: Json): UsageFacts | undefined {
  const billed = asJson(usage["billed_units"]);
  const tokens = asJson(usage["tokens"]);
  const input = asNumber(billed["input_tokens"]) ?? asNumber(tokens["input_tokens"]);
  const output = asNumber(billed["output_tokens"]) ?? asNumber(tokens["output_tokens"]);
  if (input === undefined && output === undefined) return undefined;
  return {
    input: input ?? 0,
    output: output ?? 0,
    cacheRead: undefined,
    cacheWrite: undefined,
    reasoning: undefined,
  };
}

/** Facts of a chat stream of version 2, or of version 1, whose last event repeats the whole answer. */
export function cohereStreamFacts(events: readonly unknown[]): CallFacts {
  const list = events.map(asJson);
  const old = list.find(({ event_type }) => event_type === "stream-end");
  if (old !== undefined) return oldFacts(list, old);
  const end = asJson(list.find(({ type }) => type === "message-end")?.["delta"]);
  const messageOf = (event: Json): Json => asJson(asJson(event["delta"])["message"]);
  const contents = list.map((event) => asJson(messageOf(event)["content"]));
  return {
    responseModel: undefined,
    responseId: asText(list.find(({ type }) => type === "message-start")?.["id"]),
    usage: usageOf(asJson(end["usage"])),
    finishReasons: asText(end["finish_reason"]) === undefined ? [] : [String(end["finish_reason"])],
    toolCalls: list
      .filter(({ type }) => type === "tool-call-start")
      .map((start) => {
        const call = asJson(messageOf(start)["tool_calls"]);
        const pieces = list
          .filter(({ type, index }) => type === "tool-call-delta" && index === start["index"])
          .map(
            (event) => asText(asJson(asJson(messageOf(event)["tool_calls"])["function"])["arguments"]) ?? "",
          );
        const begun = asText(asJson(call["function"])["arguments"]) ?? "";
        return {
          id: asText(call["id"]),
          name: String(asJson(call["function"])["name"]),
          arguments: parseArguments(begun + pieces.join("")),
        };
      }),
    text: contents.map(({ text }) => asText(text) ?? "").join(""),
    failed: false,
  };
}

function oldFacts(list: readonly Json[], end: Json): CallFacts {
  const response = asJson(end["response"]);
  return {
    responseModel: undefined,
    responseId: asText(response["generation_id"]) ?? asText(list[0]?.["generation_id"]),
    usage: usageOf(asJson(response["meta"])),
    finishReasons: asText(end["finish_reason"]) === undefined ? [] : [String(end["finish_reason"])],
    toolCalls: [],
    text: asText(response["text"]) ?? "",
    failed: false,
  };
}
