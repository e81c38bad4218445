import { hashText } from "./random.ts";

/** Which beginnings of prompts were seen lately. Cached tokens come in steps of 128 from 1,024 on. */
export interface PromptCache {
  /** Tokens of the prompt's beginning that were cached; remembers this prompt for the next one. */
  touch(model: string, prompt: string, tokens: number): number;
}

const leastTokens = 1024;
const stepTokens = 128;
const stepCharacters = 512;
const keptMs = 5 * 60_000;
/** Past this many remembered beginnings the oldest are forgotten; a prompt adds one for each 512 characters. */
const mostEntries = 20_000;

export function createPromptCache(now: () => number): PromptCache {
  const seenAtMs = new Map<string, number>();
  const isFresh = (key: string): boolean => now() - (seenAtMs.get(key) ?? -Infinity) < keptMs;
  const remember = (key: string): void => {
    seenAtMs.delete(key);
    seenAtMs.set(key, now());
  };
  return {
    touch(model, prompt, tokens) {
      let cachedCharacters = 0;
      let hash = hashText(model);
      let isUnbroken = true;
      for (let end = stepCharacters; end <= prompt.length; end += stepCharacters) {
        hash = hashText(prompt.slice(end - stepCharacters, end), hash);
        const key = `${end}:${hash}`;
        isUnbroken &&= isFresh(key);
        if (isUnbroken) cachedCharacters = end;
        remember(key);
      }
      forgetOldest(seenAtMs);
      return toCachedTokens((cachedCharacters / Math.max(1, prompt.length)) * tokens);
    },
  };
}

function toCachedTokens(tokens: number): number {
  return tokens < leastTokens ? 0 : Math.floor(tokens / stepTokens) * stepTokens;
}

function forgetOldest(seenAtMs: Map<string, number>): void {
  for (const key of seenAtMs.keys()) {
    if (seenAtMs.size <= mostEntries) return;
    seenAtMs.delete(key);
  }
}
