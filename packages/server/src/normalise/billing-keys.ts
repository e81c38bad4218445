/** What a call is charged by beside its token counts: its tier, and parts of the counts that have prices of their own. */
export const billingDetails = [
  "serviceTier",
  "cacheWrite1hTokens",
  "cacheReadAudioTokens",
  "audioInputTokens",
  "imageInputTokens",
  "audioOutputTokens",
  "imageOutputTokens",
] as const;

export type BillingDetail = (typeof billingDetails)[number];

/** Attributes that say it, the one to believe first in front. They stay attributes: prices change, and then they are read again. */
export const billingKeys: Readonly<Record<BillingDetail, readonly string[]>> = {
  serviceTier: [
    "openai.response.service_tier",
    "gen_ai.openai.response.service_tier",
    "anthropic.response.service_tier",
    "aws.bedrock.response.service_tier",
    "gen_ai.response.service_tier",
    "openai.request.service_tier",
    "gen_ai.openai.request.service_tier",
    "anthropic.request.service_tier",
    "aws.bedrock.request.service_tier",
    "gen_ai.request.service_tier",
  ],
  cacheWrite1hTokens: [
    "anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
    "gen_ai.usage.cache_creation.1h_input_tokens",
  ],
  cacheReadAudioTokens: ["gen_ai.usage.audio.cache_read.input_tokens"],
  audioInputTokens: [
    "gen_ai.usage.audio.input_tokens",
    "gen_ai.usage.audio_input_tokens",
    "gen_ai.usage.input_token_details.audio_tokens",
    "ai.usage.input_token_details.audio_tokens",
    "llm.token_count.prompt_details.audio",
  ],
  imageInputTokens: ["gen_ai.usage.image.input_tokens"],
  audioOutputTokens: [
    "gen_ai.usage.audio.output_tokens",
    "gen_ai.usage.audio_output_tokens",
    "gen_ai.usage.output_token_details.audio_tokens",
    "ai.usage.output_token_details.audio_tokens",
    "llm.token_count.completion_details.audio",
  ],
  imageOutputTokens: ["gen_ai.usage.image.output_tokens"],
};

/** A place in an attribute that holds a JSON object of token counts. */
export interface BillingPath {
  readonly key: string;
  readonly path: readonly string[];
}

const langfuse = "langfuse.observation.usage_details";
const langsmith = "langsmith.usage_metadata";
const langsmithInput = "gen_ai.usage.input_token_details";
const langsmithOutput = "gen_ai.usage.output_token_details";

/** Where no attribute of its own says it. */
export const billingPaths: Readonly<Record<BillingDetail, readonly BillingPath[]>> = {
  serviceTier: [],
  cacheWrite1hTokens: [
    { key: langfuse, path: ["input_cache_creation_1h"] },
    { key: langfuse, path: ["cache_creation", "ephemeral_1h_input_tokens"] },
    { key: langsmith, path: ["input_token_details", "ephemeral_1h_input_tokens"] },
    { key: langsmithInput, path: ["ephemeral_1h_input_tokens"] },
  ],
  cacheReadAudioTokens: [],
  audioInputTokens: [
    { key: langfuse, path: ["input_audio_tokens"] },
    { key: langfuse, path: ["input_audio"] },
    { key: langfuse, path: ["prompt_tokens_details", "audio_tokens"] },
    { key: langsmith, path: ["input_token_details", "audio"] },
    { key: langsmithInput, path: ["audio"] },
  ],
  imageInputTokens: [
    { key: langfuse, path: ["input_image_tokens"] },
    { key: langfuse, path: ["input_image"] },
    { key: langsmith, path: ["input_token_details", "image"] },
    { key: langsmithInput, path: ["image"] },
  ],
  audioOutputTokens: [
    { key: langfuse, path: ["output_audio_tokens"] },
    { key: langfuse, path: ["output_audio"] },
    { key: langfuse, path: ["completion_tokens_details", "audio_tokens"] },
    { key: langsmith, path: ["output_token_details", "audio"] },
    { key: langsmithOutput, path: ["audio"] },
  ],
  imageOutputTokens: [
    { key: langfuse, path: ["output_image_tokens"] },
    { key: langfuse, path: ["output_image"] },
    { key: langsmith, path: ["output_token_details", "image"] },
    { key: langsmithOutput, path: ["image"] },
  ],
};
