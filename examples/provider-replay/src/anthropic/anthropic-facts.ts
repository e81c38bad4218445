import {
  asJson,
  asList,
  asNumber,
  asText,
  failedCall,
  type CallFacts,
  type Json,
  type UsageFacts,
} from "../facts.ts";

/** Facts of a message. */
export function messageFacts(body: unknown): CallFacts {
  const answer = asJson(body);
  if (answer["type"] === "error") return failedCall;
  return describe(answer, answer["usage"], asList(answer["content"]));
}

function describe(message: Json, usage: unknown, blocks: readonly Json[]): CallFacts {
  const reason = asText(message["stop_reason"]);
  return {
    responseModel: asText(message["model"]),
    responseId: asText(message["id"]),
    usage: usageOf(asJson(usage)),
    finishReasons: reason === undefined ? [] : [reason],
    toolCalls: blocks
      .filter(({ type }) => type === "tool_use")
      .map((block) => ({
        id: asText(block["id"]),
        name: asText(block["name"]) ?? "",
        arguments: block["input"],
      })),
    text: blocks
      .filter(({ type }) => type === "text")
      .map(({ text }) => asText(text) ?? "")
      .join(""),
    failed: false,
  };
}

function usageOf(usage: Json): UsageFacts | undefined {
  const input = asNumber(usage["input_tokens"]);
  if (input === undefined) return undefined;
  const cacheRead = asNumber(usage["cache_read_input_tokens"]);
  const cacheWrite = asNumber(usage["cache_creation_input_tokens"]);
  return {
    input: input + (cacheRead ?? 0) + (cacheWrite ?? 0),
    output: asNumber(usage["output_tokens"]) ?? 0,
    cacheRead,
    cacheWrite,
    reasoning: asNumber(asJson(usage["output_tokens_details"])["thinking_tokens"]),
  };
}

/** Facts of a stream: its events put together the plain way. */
export function messageStreamFacts(events: readonly unknown[]): CallFacts {
  const list = events.map(asJson);
  if (list.some(({ type }) => type === "error")) return failedCall;
  const start = asJson(list.find(({ type }) => type === "message_start")?.["message"]);
  const ends = list.filter(({ type }) => type === "message_delta");
  const usages = [start["usage"], ...ends.map(({ usage }) => usage)].map(asJson);
  const usage = Object.fromEntries(
    usages.flatMap((each) => Object.entries(each).filter(([, value]) => value !== null)),
  );
  const reason = ends
    .map(({ delta }) => asText(asJson(delta)["stop_reason"]))
    .findLast((each) => each !== undefined);
  return describe({ ...start, stop_reason: reason }, usage, joinBlocks(list));
}

function joinBlocks(events: readonly Json[]): Json[] {
  const blocks = new Map<unknown, { start: Json; text: string; json: string }>();
  for (const event of events) {
    if (event["type"] === "content_block_start")
      blocks.set(event["index"], { start: asJson(event["content_block"]), text: "", json: "" });
    const block = blocks.get(event["index"]);
    if (event["type"] !== "content_block_delta" || block === undefined) continue;
    const delta = asJson(event["delta"]);
    block.text += asText(delta["text"]) ?? "";
    block.json += asText(delta["partial_json"]) ?? "";
  }
  return [...blocks.values()].map(({ start, text, json }) => ({
    ...start,
    ...(json === "" ? {} : { input: JSON.parse(json) as unknown }),
    ...(start["type"] === "text" ? { text: `${asText(start["text"]) ?? ""}${text}` } : {}),
  }));
}
