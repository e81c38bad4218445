import type { Message } from "@spanlight/contract";
import { type ContentMap, readValue } from "./content-map.ts";
import { readEvents } from "./read-events.ts";
import type { PartlySaid } from "./said.ts";
import { toMessages } from "./to-messages.ts";

/** OpenLIT up to 1.8: the prompt as one text of lines `role: text`, and the completion; later versions speak the GenAI conventions. */
export function readOpenLit(content: ContentMap): PartlySaid {
  const events = readEvents(content);
  const either = (key: string, attribute: string): unknown =>
    readValue(content, key) ?? events.find((event) => event.name === key)?.attributes[attribute];
  const prompt = either("gen_ai.content.prompt", "gen_ai.prompt");
  return {
    inputMessages: readPrompt(prompt),
    outputMessages: toMessages(either("gen_ai.content.completion", "gen_ai.completion"), "assistant"),
    toolArguments: readValue(content, "gen_ai.tool.args"),
  };
}

/** Where no turn is marked, the whole text is the user's, or JSON. */
function readPrompt(prompt: unknown): Message[] {
  const isTurns = typeof prompt === "string" && turnStart.test(prompt);
  return isTurns ? splitTurns(prompt) : toMessages(prompt, "user");
}

const turnStart = /^(system|developer|user|assistant|tool): /;

/** A line that names no role goes on with the turn before it. */
function splitTurns(prompt: string): Message[] {
  const turns: { role: string; lines: string[] }[] = [];
  for (const line of prompt.split("\n")) {
    const role = turnStart.exec(line)?.[1];
    const last = turns.at(-1);
    if (role !== undefined) turns.push({ role, lines: [line.slice(role.length + 2)] });
    else if (last === undefined) turns.push({ role: "user", lines: [line] });
    else last.lines.push(line);
  }
  return turns.map(({ role, lines }) => ({
    role,
    parts: [{ type: "text", content: lines.join("\n").trimEnd() }],
  }));
}
