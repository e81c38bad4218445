import { messageFacts, messageStreamFacts } from "../anthropic/anthropic-facts.ts";
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

/** Facts of a Converse answer. */
export function converseFacts(body: unknown): CallFacts {
  const answer = asJson(body);
  if (answer["output"] === undefined) return failedCall;
  const blocks = asList(asJson(asJson(answer["output"])["message"])["content"]);
  return describe(asText(answer["stopReason"]), answer["usage"], blocks);
}

/** Facts of a ConverseStream: its events put together the plain way. */
export function converseStreamFacts(events: readonly unknown[]): CallFacts {
  const list = events.map(asJson);
  const stop = list.find((event) => "messageStop" in event);
  const metadata = list.findLast((event) => "metadata" in event);
  const blocks = new Map<number, { text: string; input: string; tool: Json | undefined }>();
  for (const event of list) {
    const part = asJson(event["contentBlockStart"] ?? event["contentBlockDelta"]);
    const index = asNumber(part["contentBlockIndex"]);
    if (index === undefined) continue;
    const block = blocks.get(index) ?? { text: "", input: "", tool: undefined };
    const tool = asJson(part["start"])["toolUse"];
    if (tool !== undefined) block.tool = asJson(tool);
    block.text += asText(asJson(part["delta"])["text"]) ?? "";
    block.input += asText(asJson(asJson(part["delta"])["toolUse"])["input"]) ?? "";
    blocks.set(index, block);
  }
  const whole = [...blocks.values()].map(({ text, input, tool }) =>
    tool === undefined ? { text } : { toolUse: { ...tool, input: parseArguments(input) } },
  );
  return describe(
    asText(asJson(stop?.["messageStop"])["stopReason"]),
    asJson(metadata?.["metadata"])["usage"],
    whole,
  );
}

function describe(reason: string | undefined, usage: unknown, blocks: readonly Json[]): CallFacts {
  return {
    responseModel: undefined,
    responseId: undefined,
    usage: usageOf(asJson(usage)),
    finishReasons: reason === undefined ? [] : [reason],
    toolCalls: blocks
      .filter((block) => "toolUse" in block)
      .map((block) => asJson(block["toolUse"]))
      .map((tool) => ({
        id: asText(tool["toolUseId"]),
        name: asText(tool["name"]) ?? "",
        arguments: tool["input"],
      })),
    text: blocks.map((block) => asText(block["text"]) ?? "").join(""),
    failed: false,
  };
}

function usageOf(usage: Json): UsageFacts | undefined {
  const input = asNumber(usage["inputTokens"]);
  if (input === undefined) return undefined;
  const cacheRead = asNumber(usage["cacheReadInputTokens"]);
  const cacheWrite = asNumber(usage["cacheWriteInputTokens"]);
  return {
    input: input + (cacheRead ?? 0) + (cacheWrite ?? 0),
    output: asNumber(usage["outputTokens"]) ?? 0,
    cacheRead,
    cacheWrite,
    reasoning: undefined,
  };
}

/** Facts of an InvokeModel answer; older models count their tokens in headers. */
export function invokeFacts(body: unknown, headers: Readonly<Record<string, string>>): CallFacts {
  const answer = asJson(body);
  if (answer["type"] === "message") return messageFacts(body);
  return textFacts([answer], countsOf(headers));
}

function countsOf(headers: Readonly<Record<string, string>>): UsageFacts | undefined {
  const input = headers["x-amzn-bedrock-input-token-count"];
  if (input === undefined) return undefined;
  return counted(Number(input), Number(headers["x-amzn-bedrock-output-token-count"] ?? 0));
}

function counted(input: number, output: number): UsageFacts {
  return { input, output, cacheRead: undefined, cacheWrite: undefined, reasoning: undefined };
}

/** Facts of the events that AWS's binary framing carries. */
export function invokeStreamFacts(bytes: Buffer): CallFacts {
  const events = readFrames(bytes).map((frame) => {
    const chunk = asText(asJson(JSON.parse(frame.toString()))["bytes"]) ?? "";
    return asJson(JSON.parse(Buffer.from(chunk, "base64").toString()));
  });
  if (events[0]?.["type"] === "message_start") return messageStreamFacts(events);
  const metrics = asJson(events.at(-1)?.["amazon-bedrock-invocationMetrics"]);
  const input = asNumber(metrics["inputTokenCount"]);
  return textFacts(
    events,
    input === undefined ? undefined : counted(input, asNumber(metrics["outputTokenCount"]) ?? 0),
  );
}

function textFacts(events: readonly Json[], usage: UsageFacts | undefined): CallFacts {
  const reasons = events.flatMap((event) => asText(event["stop_reason"] ?? event["completionReason"]) ?? []);
  const texts = events.map(
    (event) => asText(event["generation"] ?? event["completion"] ?? event["outputText"]) ?? "",
  );
  return { ...failedCall, usage, finishReasons: reasons.slice(-1), text: texts.join(""), failed: false };
}

/** Payloads of AWS event-stream messages: total length, header length, checksum, headers, payload, checksum. */
function readFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let start = 0; start + 16 <= bytes.length; start += bytes.readUInt32BE(start)) {
    const end = start + bytes.readUInt32BE(start);
    frames.push(bytes.subarray(start + 12 + bytes.readUInt32BE(start + 4), end - 4));
  }
  return frames;
}
