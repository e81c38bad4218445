import { answerPrompt } from "./answer-prompt.ts";
import { openEventStream } from "./event-stream.ts";
import { sendJson, waitForFirstToken, waitForTokens, type Exchange, type Surroundings } from "./exchange.ts";
import type { JsonObject } from "./json.ts";
import type { Answer } from "./prompt.ts";
import { createWord } from "./random.ts";
import { readChatRequest, type ChatRequest } from "./read-chat-request.ts";
import { splitTokens } from "./tokens.ts";
import { admitPrompt, countAnswer, type TokenCounts } from "./usage.ts";

/** `POST /v1/chat/completions`, streamed or not. */
export async function completeChat(exchange: Exchange, surroundings: Surroundings): Promise<void> {
  const request = readChatRequest(exchange.body);
  const admitted = admitPrompt(exchange, surroundings, request);
  const answer = answerPrompt(request.prompt, {
    random: exchange.random,
    reasons: request.model.kind === "reasoning",
    isWrong: surroundings.faults.isOn("wrong"),
  });
  const tokens = countAnswer(admitted, answer);
  const head = {
    id: `chatcmpl-${createWord(exchange.random, 29)}`,
    object: request.isStreamed ? "chat.completion.chunk" : "chat.completion",
    created: exchange.createdSeconds,
    model: request.model.snapshot,
  };
  await waitForFirstToken(exchange, surroundings, {
    model: request.model,
    reasoningTokens: tokens.reasoning,
  });
  if (request.isStreamed) return streamChat({ exchange, surroundings, request, answer, tokens, head });
  await waitForTokens(exchange, surroundings, {
    model: request.model,
    tokens: tokens.output - tokens.reasoning,
  });
  sendJson(exchange, 200, toCompletion(head, request, answer, tokens), surroundings.now);
}

function toCompletion(
  head: JsonObject,
  request: ChatRequest,
  answer: Answer,
  tokens: TokenCounts,
): JsonObject {
  const message = {
    role: "assistant",
    content: answer.toolCalls.length > 0 ? null : answer.text,
    ...(answer.toolCalls.length > 0 ? { tool_calls: answer.toolCalls.map(toToolCall) } : {}),
    refusal: null,
    annotations: [],
  };
  return {
    ...head,
    choices: [{ index: 0, message, logprobs: null, finish_reason: answer.finish }],
    usage: toChatUsage(tokens),
    service_tier: "default",
    system_fingerprint: request.model.systemFingerprint,
  };
}

function toToolCall(call: Answer["toolCalls"][number]): JsonObject {
  return { id: call.id, type: "function", function: { name: call.name, arguments: call.arguments } };
}

function toChatUsage(tokens: TokenCounts): JsonObject {
  return {
    prompt_tokens: tokens.input,
    completion_tokens: tokens.output,
    total_tokens: tokens.input + tokens.output,
    prompt_tokens_details: { cached_tokens: tokens.cached, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: tokens.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

interface ChatStream {
  readonly exchange: Exchange;
  readonly surroundings: Surroundings;
  readonly request: ChatRequest;
  readonly answer: Answer;
  readonly tokens: TokenCounts;
  readonly head: JsonObject;
}

async function streamChat(stream: ChatStream): Promise<void> {
  const { exchange, surroundings, request, answer } = stream;
  const events = openEventStream(exchange, surroundings, request.model);
  const chunk = createChunks(stream);
  const [call] = answer.toolCalls;
  if (call === undefined) {
    events.send(chunk({ role: "assistant", content: "", refusal: null }));
    const toEvent = (content: string): { data: unknown } => ({ data: chunk({ content }) });
    if (!(await events.sendPieces(splitTokens(answer.text), toEvent))) return;
  } else {
    const opening = { index: 0, id: call.id, type: "function", function: { name: call.name, arguments: "" } };
    events.send(chunk({ role: "assistant", content: null, tool_calls: [opening], refusal: null }));
    const toEvent = (piece: string): { data: unknown } => ({
      data: chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] }),
    });
    if (!(await events.sendPieces(splitTokens(call.arguments), toEvent))) return;
  }
  events.send(chunk({}, answer.finish));
  if (request.includesUsage) events.send({ ...chunk({}), choices: [], usage: toChatUsage(stream.tokens) });
  events.end("[DONE]");
}

/** Chunks of one stream: `usage` stands in every chunk only when the client asked for it, null until the last. */
function createChunks({
  exchange,
  request,
  head,
}: ChatStream): (delta: JsonObject, finish?: string) => JsonObject {
  const { includesUsage, isObfuscated, model } = request;
  return (delta, finish) => ({
    ...head,
    service_tier: "default",
    system_fingerprint: model.systemFingerprint,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish ?? null }],
    ...(includesUsage ? { usage: null } : {}),
    ...(isObfuscated
      ? { obfuscation: createWord(exchange.random, 1 + Math.floor(exchange.random() * 12)) }
      : {}),
  });
}
