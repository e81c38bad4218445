/** Conventions' names for the provider prefixes of the AI SDK (`openai.responses`, `google.vertex.chat`). */
const providers: readonly (readonly [prefix: string, name: string])[] = [
  ["google.vertex", "gcp.vertex_ai"],
  ["vertex", "gcp.vertex_ai"],
  ["google", "gcp.gemini"],
  ["amazon-bedrock", "aws.bedrock"],
  ["bedrock", "aws.bedrock"],
  ["azure", "azure.ai.openai"],
  ["xai", "x_ai"],
  ["mistral", "mistral_ai"],
  ["moonshotai", "moonshot_ai"],
];

/** The conventions' name of an AI SDK provider; its own first word where they have none. */
export function aiProviderOf(provider: string): string {
  const known = providers.find(([prefix]) => provider.startsWith(prefix));
  return known?.[1] ?? provider.split(".")[0] ?? provider;
}
