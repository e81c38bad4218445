import {
  asJson,
  asList,
  asNumber,
  asText,
  failedCall,
  type CallFacts,
  type Json,
  type ToolCallFacts,
  type UsageFacts,
} from "../facts.ts";

/** Facts of a Gemini answer, or of a stream's chunks put together the plain way. */
export function generatedFacts(chunks: readonly unknown[]): CallFacts {
  const list = chunks.map(asJson);
  if (list.some(({ error }) => error !== undefined)) return failedCall;
  const candidates = list.flatMap((chunk) => asList(chunk["candidates"]));
  const parts = candidates.flatMap((candidate) => asList(asJson(candidate["content"])["parts"]));
  const last = list.findLast((chunk) => chunk["modelVersion"] !== undefined);
  return {
    responseModel: asText(last?.["modelVersion"]),
    responseId: asText(last?.["responseId"]),
    usage: list
      .map((chunk) => usageOf(asJson(chunk["usageMetadata"])))
      .findLast((usage) => usage !== undefined),
    finishReasons: candidates.flatMap(({ finishReason }) => asText(finishReason) ?? []),
    toolCalls: toolCallsOf(parts),
    text: parts
      .filter(({ thought }) => thought !== true)
      .map(({ text }) => asText(text) ?? "")
      .join(""),
    failed: false,
  };
}

function usageOf(usage: Json): UsageFacts | undefined {
  const prompt = asNumber(usage["promptTokenCount"]);
  if (prompt === undefined) return undefined;
  const reasoning = asNumber(usage["thoughtsTokenCount"]);
  return {
    input: prompt + (asNumber(usage["toolUsePromptTokenCount"]) ?? 0),
    output: (asNumber(usage["candidatesTokenCount"]) ?? 0) + (reasoning ?? 0),
    cacheRead: asNumber(usage["cachedContentTokenCount"]),
    cacheWrite: undefined,
    reasoning,
  };
}

interface GrowingCall {
  readonly id: string | undefined;
  readonly name: string;
  readonly whole: Json;
  /** JSON path → the value as its pieces make it. */
  readonly pieces: Map<string, unknown>;
}

function toolCallsOf(parts: readonly Json[]): ToolCallFacts[] {
  const calls: GrowingCall[] = [];
  for (const part of parts) {
    if (!("functionCall" in part)) continue;
    const call = asJson(part["functionCall"]);
    const name = asText(call["name"]);
    if (name !== undefined)
      calls.push({ id: asText(call["id"]), name, whole: asJson(call["args"]), pieces: new Map() });
    for (const piece of asList(call["partialArgs"])) addPiece(calls.at(-1), piece);
  }
  return calls.map(({ id, name, whole, pieces }) => ({
    id,
    name,
    arguments: { ...whole, ...build(pieces) },
  }));
}

function addPiece(call: GrowingCall | undefined, piece: Json): void {
  const path = asText(piece["jsonPath"]) ?? "";
  const text = asText(piece["stringValue"]);
  const known = call?.pieces.get(path);
  const value = text ?? piece["numberValue"] ?? piece["boolValue"] ?? null;
  call?.pieces.set(path, typeof known === "string" && text !== undefined ? known + text : value);
}

/** Paths of the two forms the recordings have: `$.a` and `$.list[0].a`. */
function build(pieces: ReadonlyMap<string, unknown>): Json {
  const built: Record<string, unknown> = {};
  for (const [path, value] of pieces) {
    const listed = /^\$\.(\w+)\[(\d+)\]\.(\w+)$/.exec(path);
    if (listed === null) {
      built[path.slice("$.".length)] = value;
      continue;
    }
    const [, list = "", index = "0", key = ""] = listed;
    const items = (built[list] ??= []) as Record<string, unknown>[];
    (items[Number(index)] ??= {})[key] = value;
  }
  return built;
}
