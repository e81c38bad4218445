/**
 * Tokens of one call. Input includes cached, audio and image tokens, output includes reasoning, audio and image tokens, as in the
 * GenAI conventions; every other count is a part of one of them.
 */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens?: number;
  readonly cacheWriteTokens?: number;
  /** Of the tokens written to the cache those that stay for an hour. */
  readonly cacheWrite1hTokens?: number;
  readonly audioInputTokens?: number;
  /** Of the audio input those read from the cache. */
  readonly cacheReadAudioTokens?: number;
  readonly imageInputTokens?: number;
  readonly reasoningTokens?: number;
  readonly audioOutputTokens?: number;
  readonly imageOutputTokens?: number;
}

/** What a token is charged as. */
export const tokenClasses = [
  "input",
  "cache_read",
  "cache_read_audio",
  "cache_write",
  "cache_write_1h",
  "audio_input",
  "image_input",
  "output",
  "reasoning",
  "audio_output",
  "image_output",
] as const;

export type TokenClass = (typeof tokenClasses)[number];

/** The class that one without a price of its own is charged as; input and output have none. */
export const parentClass: Readonly<Partial<Record<TokenClass, TokenClass>>> = {
  cache_read: "input",
  cache_read_audio: "cache_read",
  cache_write: "input",
  cache_write_1h: "cache_write",
  audio_input: "input",
  image_input: "input",
  reasoning: "output",
  audio_output: "output",
  image_output: "output",
};
