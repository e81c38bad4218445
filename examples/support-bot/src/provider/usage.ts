import type { Exchange, Surroundings } from "./exchange.ts";
import type { Model } from "./models.ts";
import type { Answer, Prompt } from "./prompt.ts";
import { countTokens } from "./tokens.ts";

/** Tokens of one call: input includes the cached ones, output the reasoning. */
export interface TokenCounts {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
}

/** Tokens of the prompt as the model sees it: tools first, then the turns. A few more for each turn's frame. */
export function countPrompt(prompt: Prompt): { text: string; tokens: number } {
  const tools = prompt.tools.map(
    (tool) => `${tool.name} ${tool.description} ${JSON.stringify(tool.parameters)}`,
  );
  const turns = prompt.turns.map((turn) => `${turn.role}\n${turn.text}${turn.calledTools.join(" ")}`);
  const text = [...tools, JSON.stringify(prompt.schema) ?? "", ...turns].join("\n");
  return { text, tokens: countTokens(text) + 4 * prompt.turns.length + 3 };
}

/** Takes the limits for a prompt and looks it up in the cache. */
export function admitPrompt(
  exchange: Exchange,
  surroundings: Surroundings,
  { model, prompt }: { model: Model; prompt: Prompt },
): { input: number; cached: number } {
  const { text, tokens } = countPrompt(prompt);
  surroundings.takeLimits(exchange, model, tokens);
  return { input: tokens, cached: surroundings.cache.touch(model.name, text, tokens) };
}

export function countAnswer(admitted: { input: number; cached: number }, answer: Answer): TokenCounts {
  const calls = answer.toolCalls.map((call) => countTokens(`${call.name}${call.arguments}`) + 8);
  const written = countTokens(answer.text) + calls.reduce((sum, tokens) => sum + tokens, 0);
  return { ...admitted, output: written + answer.reasoningTokens, reasoning: answer.reasoningTokens };
}
