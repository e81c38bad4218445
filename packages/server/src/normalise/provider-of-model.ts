// Whose model a name is, for instrumentations that name no provider (Langfuse).
import { emptyWord, toWord, type Word } from "./words.ts";

/** Names under which a provider alone sells its models; those that many sell (`llama-…`, `gpt-oss-…`) tell nothing. */
const families: ReadonlyArray<readonly [names: RegExp, provider: string]> = [
  [/^(gpt-(?!oss)|chatgpt-|o[134](-|$)|text-embedding-(3|ada)|dall-e-|whisper-1|tts-1|gpt-image)/, "openai"],
  [/^claude-/, "anthropic"],
  [/^gemini-/, "gcp.gemini"],
  [/^grok-/, "x_ai"],
  [/^command-(a|r)/, "cohere"],
  [/^(mistral-(large|medium|small)|codestral|ministral|magistral)-/, "mistral_ai"],
  [/^deepseek-(chat|reasoner)$/, "deepseek"],
  [/^sonar(-|$)/, "perplexity"],
];

const words = new Map(families.map(([, provider]) => [provider, toWord(provider)]));
const known = new Map<string, Word>();
const rememberedModels = 1000;
const rememberedLength = 256;

/** The conventions' name of the provider; the empty word where the model's name does not tell. */
export function providerOfModel(model: string): Word {
  let word = known.get(model);
  if (word === undefined) {
    const found = families.find(([names]) => names.test(model));
    word = words.get(found?.[1] ?? "") ?? emptyWord;
    if (known.size >= rememberedModels) known.clear();
    if (model.length <= rememberedLength) known.set(model, word);
  }
  return word;
}
