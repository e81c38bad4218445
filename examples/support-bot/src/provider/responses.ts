import { answerPrompt } from "./answer-prompt.ts";
import { openEventStream, type EventStream } from "./event-stream.ts";
import { sendJson, waitForFirstToken, waitForTokens, type Exchange, type Surroundings } from "./exchange.ts";
import type { JsonObject } from "./json.ts";
import type { Answer, Prompt, Turn } from "./prompt.ts";
import { createWord } from "./random.ts";
import {
  readResponsesRequest,
  type ResponsesRequest,
  type StoredResponses,
} from "./read-responses-request.ts";
import { toClosedResponse, toOpenResponse, toOutputItems, type OutputItems } from "./response-body.ts";
import { splitTokens } from "./tokens.ts";
import { admitPrompt, countAnswer } from "./usage.ts";

/** `POST /v1/responses`, streamed or not. */
export async function createResponse(
  exchange: Exchange,
  surroundings: Surroundings,
  stored: StoredResponses,
): Promise<void> {
  const request = readResponsesRequest(exchange.body, stored);
  const { model } = request;
  const admitted = admitPrompt(exchange, surroundings, request);
  const answer = answerPrompt(request.prompt, {
    random: exchange.random,
    reasons: model.kind === "reasoning",
    isWrong: surroundings.faults.isOn("wrong"),
  });
  const tokens = countAnswer(admitted, answer);
  const open = toOpenResponse(exchange, request);
  const items = toOutputItems(exchange, answer);
  const closed = toClosedResponse(open, items, { answer, tokens });
  stored.keep(String(open["id"]), [...request.prompt.turns, toTurn(answer)].filter(isKept(request.prompt)));
  if (request.isStreamed)
    return streamResponse({ exchange, surroundings, request, answer, open, items, closed });
  await waitForFirstToken(exchange, surroundings, { model, reasoningTokens: tokens.reasoning });
  await waitForTokens(exchange, surroundings, { model, tokens: tokens.output - tokens.reasoning });
  sendJson(exchange, 200, closed, surroundings.now);
}

/** Instructions are not carried over to the next response; everything else is. */
function isKept(prompt: Prompt): (turn: Turn) => boolean {
  const [first] = prompt.turns;
  return (turn) => turn !== first || turn.role !== "system";
}

function toTurn(answer: Answer): Turn {
  const called = answer.toolCalls.map((call) => call.name);
  return { role: "assistant", text: answer.text, calledTools: called };
}

interface ResponseStream {
  readonly exchange: Exchange;
  readonly surroundings: Surroundings;
  readonly request: ResponsesRequest;
  readonly answer: Answer;
  readonly open: JsonObject;
  readonly items: OutputItems;
  readonly closed: JsonObject;
}

/** Sends one event: its type also as the event's name, with the next sequence number. */
type Emit = (type: string, fields: JsonObject) => void;

async function streamResponse(stream: ResponseStream): Promise<void> {
  const { exchange, surroundings, request, answer, open, items, closed } = stream;
  const events = openEventStream(exchange, surroundings, request.model);
  let sequence = 0;
  const toData = (type: string, fields: JsonObject): JsonObject => ({
    type,
    sequence_number: sequence++,
    ...fields,
  });
  const emit: Emit = (type, fields) => events.send(toData(type, fields), type);
  emit("response.created", { response: open });
  emit("response.in_progress", { response: open });
  await waitForFirstToken(exchange, surroundings, {
    model: request.model,
    reasoningTokens: answer.reasoningTokens,
  });
  if (items.reasoning !== undefined) {
    emit("response.output_item.added", { output_index: 0, item: items.reasoning });
    emit("response.output_item.done", { output_index: 0, item: items.reasoning });
  }
  const place = { output_index: items.reasoning === undefined ? 0 : 1, item_id: items.item["id"] };
  const isWhole = await streamItem({ stream, events, emit, place, toData });
  if (!isWhole) return;
  emit("response.output_item.done", { output_index: place.output_index, item: items.item });
  emit(`response.${String(closed["status"])}`, { response: closed });
  events.end();
}

interface ItemStream {
  readonly stream: ResponseStream;
  readonly events: EventStream;
  readonly emit: Emit;
  readonly place: JsonObject;
  readonly toData: (type: string, fields: JsonObject) => JsonObject;
}

/** Returns false when the stream broke off. */
async function streamItem(to: ItemStream): Promise<boolean> {
  const { answer, items, exchange } = to.stream;
  const sendDeltas = (type: string, text: string, fields: JsonObject): Promise<boolean> =>
    to.events.sendPieces(splitTokens(text), (delta) => ({
      event: type,
      data: to.toData(type, { ...to.place, ...fields, delta, obfuscation: createWord(exchange.random, 8) }),
    }));
  const added = { ...items.item, status: "in_progress" };
  const { output_index } = to.place;
  const [call] = answer.toolCalls;
  if (call !== undefined) {
    to.emit("response.output_item.added", { output_index, item: { ...added, arguments: "" } });
    if (!(await sendDeltas("response.function_call_arguments.delta", call.arguments, {}))) return false;
    to.emit("response.function_call_arguments.done", {
      ...to.place,
      arguments: call.arguments,
      name: call.name,
    });
    return true;
  }
  const part = { type: "output_text", annotations: [], logprobs: [] };
  const inPart = { content_index: 0 };
  to.emit("response.output_item.added", { output_index, item: { ...added, content: [] } });
  to.emit("response.content_part.added", { ...to.place, ...inPart, part: { ...part, text: "" } });
  const isWhole = await sendDeltas("response.output_text.delta", answer.text, { ...inPart, logprobs: [] });
  if (!isWhole) return false;
  to.emit("response.output_text.done", { ...to.place, ...inPart, text: answer.text, logprobs: [] });
  to.emit("response.content_part.done", { ...to.place, ...inPart, part: { ...part, text: answer.text } });
  return true;
}
