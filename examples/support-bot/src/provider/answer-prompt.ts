import { fillObject, chooseTool } from "./call-tool.ts";
import { lastUserText, turnsSinceUser, type Answer, type Prompt } from "./prompt.ts";
import { createWord, pickInteger, pickOne, type Random } from "./random.ts";
import { splitTokens } from "./tokens.ts";
import { listSentences, rankSentences, summarise } from "./words.ts";

/** How to answer: the run's random numbers, whether the model reasons first, whether it lies. */
export interface AnswerOptions {
  readonly random: Random;
  readonly reasons: boolean;
  readonly isWrong: boolean;
}

/**
 * Answers as a language model would, by extraction instead of generation: calls an offered tool when the user
 * speaks of its subject and its arguments can be found, follows a JSON schema, else composes an answer of the
 * sentences in the prompt (sources, tool results) that fit the question.
 */
export function answerPrompt(prompt: Prompt, options: AnswerOptions): Answer {
  const reasoningTokens = options.reasons ? 64 * pickInteger(options.random, 1, 14) : 0;
  if (isForbidden(lastUserText(prompt)))
    return { text: "", toolCalls: [], reasoningTokens, finish: "content_filter" };
  const call = chooseTool(prompt);
  if (call !== undefined) {
    const toolCalls = [{ id: `call_${createWord(options.random, 24)}`, ...call }];
    return { text: "", toolCalls, reasoningTokens, finish: "tool_calls" };
  }
  const text = composeText(prompt, options);
  return { ...shorten(text, prompt.mostOutputTokens - reasoningTokens), toolCalls: [], reasoningTokens };
}

function isForbidden(text: string): boolean {
  return /\b(kill|murder|bomb)\b/i.test(text);
}

function composeText(prompt: Prompt, options: AnswerOptions): string {
  if (prompt.schema !== undefined) return JSON.stringify(fillObject(prompt.schema, prompt) ?? {});
  const question = lastUserText(prompt);
  const text =
    question.length > 1500 ? summarise(question, 5).join(" ") : replyTo(question, prompt, options.random);
  return options.isWrong ? contradict(text) : text;
}

function replyTo(question: string, prompt: Prompt, random: Random): string {
  const results = turnsSinceUser(prompt).filter((turn) => turn.role === "tool");
  const facts = results.flatMap((turn) => describeResult(turn.text));
  const sentences = listSources(prompt).flatMap(listSentences);
  const most = facts.length > 0 ? 2 : pickInteger(random, 2, 4);
  const body = [...facts, ...rankSentences(sentences, question).slice(0, most)];
  if (body.length === 0)
    body.push("I could not find that in our policies, so I have passed it to a colleague.");
  return [pickOne(random, openings), ...body, pickOne(random, closings)].join(" ");
}

/** Texts worth quoting: the newest system turn (sources stand nearest to the question) and tool results in prose. */
function listSources(prompt: Prompt): string[] {
  const sources = prompt.turns.findLast((turn) => turn.role === "system")?.text ?? "";
  const prose = turnsSinceUser(prompt).filter(
    (turn) => turn.role === "tool" && parseObject(turn.text) === undefined,
  );
  return [sources, ...prose.map((turn) => turn.text)];
}

const openings = [
  "Thanks for reaching out.",
  "Happy to help.",
  "I have looked into this for you.",
  "Good question.",
] as const;
const closings = [
  "Let me know if there is anything else.",
  "Does that answer your question?",
  "Just reply here if something is still open.",
] as const;

/** A flat JSON result of a tool as one sentence: `status: shipped` reads "The status is shipped". */
function describeResult(json: string): string[] {
  const value = parseObject(json);
  if (value === undefined) return [];
  const phrases = Object.entries(value)
    .filter(([, field]) => typeof field === "string" || typeof field === "number")
    .slice(0, 6)
    .map(([name, field]) => `${name.replaceAll("_", " ")} is ${String(field)}`);
  return phrases.length === 0 ? [] : [`Here is what I found: ${phrases.join(", ")}.`];
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

const opposites: readonly (readonly [RegExp, string])[] = [
  [/\bcannot\b/g, "can always"],
  [/\bcan\b/g, "can never"],
  [/\bfree\b/g, "charged at $25"],
  [/\bwithin\b/g, "only after"],
  [/\bis not\b/g, "is"],
  [/\bmust\b/g, "need not"],
];

/** Says the opposite with the same confidence: other numbers, other permissions. */
function contradict(text: string): string {
  const turned = opposites.reduce((current, [pattern, word]) => current.replace(pattern, word), text);
  return turned.replace(/(?<![\w-])\d{1,4}(?![\w-])/g, (digits) => String(Number(digits) * 3 + 1));
}

function shorten(text: string, most: number): { text: string; finish: "stop" | "length" } {
  const tokens = splitTokens(text);
  if (tokens.length <= most) return { text, finish: "stop" };
  return { text: tokens.slice(0, Math.max(0, most)).join(""), finish: "length" };
}
