/** Who answers at an address, and how it treats token usage on streams. */
interface Provider {
  /** Name in the GenAI conventions. */
  readonly name: string;
  /** True when a stream carries usage only for those who ask with `stream_options.include_usage`. */
  readonly asksForUsage: boolean;
}

/** Who is not known here is who the API belongs to; it is asked. */
const unknown: Provider = { name: "", asksForUsage: true };

// Host suffix → provider. Those that always send usage, or refuse the question, are not asked.
const providers: readonly (readonly [suffix: string, provider: Provider])[] = [
  ["api.openai.com", { name: "openai", asksForUsage: true }],
  ["openai.azure.com", { name: "azure.ai.openai", asksForUsage: true }],
  ["services.ai.azure.com", { name: "azure.ai.openai", asksForUsage: true }],
  ["cognitiveservices.azure.com", { name: "azure.ai.openai", asksForUsage: true }],
  ["models.inference.ai.azure.com", { name: "azure.ai.inference", asksForUsage: true }],
  ["api.x.ai", { name: "x_ai", asksForUsage: false }],
  ["api.groq.com", { name: "groq", asksForUsage: true }],
  ["api.deepseek.com", { name: "deepseek", asksForUsage: true }],
  ["api.mistral.ai", { name: "mistral_ai", asksForUsage: false }],
  ["api.perplexity.ai", { name: "perplexity", asksForUsage: false }],
  ["api.moonshot.ai", { name: "moonshot_ai", asksForUsage: true }],
  ["api.moonshot.cn", { name: "moonshot_ai", asksForUsage: true }],
  ["api.together.xyz", { name: "together", asksForUsage: false }],
  ["api.together.ai", { name: "together", asksForUsage: false }],
  ["openrouter.ai", { name: "openrouter", asksForUsage: false }],
  ["api.fireworks.ai", { name: "fireworks", asksForUsage: true }],
  ["api.cerebras.ai", { name: "cerebras", asksForUsage: true }],
  ["api.cohere.com", { name: "cohere", asksForUsage: false }],
  ["api.cohere.ai", { name: "cohere", asksForUsage: false }],
  ["api.anthropic.com", { name: "anthropic", asksForUsage: true }],
  ["generativelanguage.googleapis.com", { name: "gcp.gemini", asksForUsage: true }],
  ["aiplatform.googleapis.com", { name: "gcp.vertex_ai", asksForUsage: true }],
  ["amazonaws.com", { name: "aws.bedrock", asksForUsage: true }],
];

/** The provider behind a host name; an empty name for a host that is not known. */
function providerOf(host: string): Provider {
  for (const [suffix, provider] of providers) {
    if (host === suffix || host.endsWith(`.${suffix}`) || host.endsWith(`-${suffix}`)) return provider;
  }
  return unknown;
}

/** Host and port of a base URL; the port only where the URL names one. */
export interface Server {
  readonly address: string;
  readonly port: number | undefined;
  readonly provider: Provider;
}

const unknownServer: Server = { address: "", port: undefined, provider: unknown };
const servers = new Map<string, Server>();

/** The server a base URL points to. */
export function serverOf(baseUrl: unknown): Server {
  if (typeof baseUrl !== "string") return unknownServer;
  const known = servers.get(baseUrl);
  if (known !== undefined) return known;
  if (!URL.canParse(baseUrl)) return unknownServer;
  const url = new URL(baseUrl);
  const port = url.port === "" ? (url.protocol === "http:" ? 80 : 443) : Number(url.port);
  const server = { address: url.hostname, port, provider: providerOf(url.hostname) };
  if (servers.size < 1000) servers.set(baseUrl, server);
  return server;
}
