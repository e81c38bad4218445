import { withContext } from "@spanlight/sdk";
import type {
  ChatCompletionChunk,
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from "openai/resources/chat/completions";
import type { Bot } from "./bot.ts";
import { archive, instructions } from "./handbook.ts";
import { retrievePassages } from "./retrieve-passages.ts";
import { runTool, toolDefinitions, type RequestedCall } from "./run-tool.ts";

const tools: ChatCompletionTool[] = toolDefinitions.map((definition) => ({
  type: "function",
  function: definition,
}));
/** Seen on the calls' spans, so that versions can be compared. */
const prompt = { promptName: "support-answer", promptVersion: "7" };
/** Turns with tools before the bot must answer: look up, refund, answer, and one to spare. */
const mostSteps = 4;

export interface SupportRequest {
  readonly session: string;
  readonly message: string;
  readonly model: string;
}

/** Answers a message with retrieval and tools; the text goes to `write` as it is generated. */
export async function answerSupport(
  bot: Bot,
  request: SupportRequest,
  write: (text: string) => void,
): Promise<void> {
  const isExpensive = bot.faults.isOn("expensive");
  const passages = await retrievePassages(bot, request.message, 3);
  const sources = passages.map(({ title, text }) => `${title}: ${text}`).join("\n");
  const messages: ChatCompletionMessageParam[] = [
    { role: "system", content: isExpensive ? `${instructions}\n\n${archive}` : instructions },
    ...bot.sessions.read(request.session),
    { role: "system", content: `Sources:\n${sources}` },
    { role: "user", content: request.message },
  ];
  const model = isExpensive ? bot.models.expensive : request.model;
  for (let step = 0; step < mostSteps; step++) {
    const turn = await streamTurn(bot, { model, messages }, write);
    if (turn.calls.length === 0) {
      const asked = { role: "user", content: request.message } as const;
      bot.sessions.append(request.session, [asked, { role: "assistant", content: turn.text }]);
      return;
    }
    messages.push({ role: "assistant", content: turn.text, tool_calls: turn.calls.map(toToolCall) });
    const results = await Promise.all(turn.calls.map(runTool));
    turn.calls.forEach((call, index) => {
      messages.push({ role: "tool", tool_call_id: call.id, content: results[index] ?? "" });
    });
  }
}

function toToolCall(call: RequestedCall): {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
} {
  return { id: call.id, type: "function", function: { name: call.name, arguments: call.arguments } };
}

async function streamTurn(
  bot: Bot,
  request: { model: string; messages: ChatCompletionMessageParam[] },
  write: (text: string) => void,
): Promise<{ text: string; calls: RequestedCall[] }> {
  const stream = await withContext(prompt, () =>
    bot.client.chat.completions.create({ ...request, tools, stream: true }),
  );
  let text = "";
  const calls: { id: string; name: string; arguments: string }[] = [];
  for await (const chunk of stream) {
    const delta = chunk.choices[0]?.delta;
    if (delta?.content) {
      text += delta.content;
      write(delta.content);
    }
    for (const part of delta?.tool_calls ?? []) addPart(calls, part);
  }
  return { text, calls };
}

/** A tool call arrives in parts: its id and name first, its arguments after. */
function addPart(
  calls: { id: string; name: string; arguments: string }[],
  part: ChatCompletionChunk.Choice.Delta.ToolCall,
): void {
  const call = (calls[part.index] ??= { id: "", name: "", arguments: "" });
  call.id += part.id ?? "";
  call.name += part.function?.name ?? "";
  call.arguments += part.function?.arguments ?? "";
}
