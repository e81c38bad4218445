// One name per provider: the GenAI conventions' `gen_ai.provider.name` values.

const aliases: Readonly<Record<string, string>> = {
  "az.ai.openai": "azure.ai.openai",
  azure: "azure.ai.openai",
  "azure-openai": "azure.ai.openai",
  "az.ai.inference": "azure.ai.inference",
  vertex_ai: "gcp.vertex_ai",
  vertexai: "gcp.vertex_ai",
  vertex: "gcp.vertex_ai",
  "google.vertex": "gcp.vertex_ai",
  "gcp.vertex.agent": "gcp.gen_ai", // the Agent Development Kit names itself
  // LangSmith's OpenTelemetry mode names the framework where it does not know the provider.
  langchain: "",
  gemini: "gcp.gemini",
  google: "gcp.gen_ai",
  "google.generative-ai": "gcp.gemini",
  xai: "x_ai",
  mistral: "mistral_ai",
  mistralai: "mistral_ai",
  "amazon-bedrock": "aws.bedrock",
  bedrock: "aws.bedrock",
  aws: "aws.bedrock",
  moonshotai: "moonshot_ai",
  watsonx: "ibm.watsonx.ai",
};

const conventional = new Set([
  "anthropic",
  "aws.bedrock",
  "azure.ai.inference",
  "azure.ai.openai",
  "cohere",
  "deepseek",
  "gcp.gemini",
  "gcp.gen_ai",
  "gcp.vertex_ai",
  "groq",
  "ibm.watsonx.ai",
  "mistral_ai",
  "moonshot_ai",
  "openai",
  "perplexity",
  "x_ai",
]);

/** Turns a provider as a dialect writes it (`openai.responses`, `vertex_ai`) into the conventions' name; an unknown one stays as it is. */
export function toProviderName(raw: string): string {
  const name = raw.toLowerCase();
  if (conventional.has(name)) return name;
  const alias = aliases[name];
  if (alias !== undefined) return alias;
  const dot = name.lastIndexOf(".");
  return dot > 0 ? toProviderNameOfPrefix(name.slice(0, dot), raw) : raw;
}

function toProviderNameOfPrefix(prefix: string, raw: string): string {
  const name = toProviderName(prefix);
  return conventional.has(name) ? name : raw;
}
