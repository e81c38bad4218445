/** One rule: models whose id matches cost this many times their standard price in the tier. */
interface TierRule {
  readonly tier: string;
  readonly models: RegExp;
  readonly factor: number;
}

const anyModel = /^/;

/** Tiers that are charged at the standard price, whoever the provider is. */
const standardTiers: ReadonlySet<string> = new Set(["", "auto", "default", "standard", "on_demand"]);

/**
 * What tiers cost beside the standard one, from the providers' price pages (read in November 2026): the price table has standard prices
 * only. OpenAI's "priority" differs by model; a model that is not here has no known price in that tier. Anthropic's "priority" and
 * OpenAI's "scale" are capacity bought ahead, counted at list price.
 */
const tierRules: Readonly<Record<string, readonly TierRule[]>> = {
  openai: [
    { tier: "batch", models: anyModel, factor: 0.5 },
    { tier: "flex", models: anyModel, factor: 0.5 },
    { tier: "scale", models: anyModel, factor: 1 },
    { tier: "priority", models: /^gpt-5-mini/, factor: 1.8 },
    { tier: "priority", models: /^gpt-5(?!.*(?:nano|pro))/, factor: 2 },
    { tier: "priority", models: /^gpt-4\.1-nano/, factor: 2 },
    { tier: "priority", models: /^gpt-4\.1/, factor: 1.75 },
    { tier: "priority", models: /^gpt-4o-2024-05-13/, factor: 1.75 },
    { tier: "priority", models: /^gpt-4o-mini(?!-)|^gpt-4o-mini-2024/, factor: 5 / 3 },
    { tier: "priority", models: /^gpt-4o(?!-)|^gpt-4o-2024/, factor: 1.7 },
    { tier: "priority", models: /^o3(?!-)|^o3-2025/, factor: 1.75 },
    { tier: "priority", models: /^o4-mini/, factor: 20 / 11 },
  ],
  azure: [{ tier: "batch", models: anyModel, factor: 0.5 }],
  anthropic: [
    { tier: "batch", models: anyModel, factor: 0.5 },
    { tier: "priority", models: anyModel, factor: 1 },
  ],
  google: [
    { tier: "batch", models: anyModel, factor: 0.5 },
    { tier: "flex", models: anyModel, factor: 0.5 },
  ],
  aws: [
    { tier: "batch", models: anyModel, factor: 0.5 },
    { tier: "flex", models: anyModel, factor: 0.5 },
    { tier: "priority", models: anyModel, factor: 1.75 },
  ],
  groq: [
    { tier: "batch", models: anyModel, factor: 0.5 },
    { tier: "flex", models: anyModel, factor: 1 },
  ],
  mistral: [{ tier: "batch", models: anyModel, factor: 0.5 }],
};

/** How many times the standard price a call in this tier costs, or null where that is not known. */
export function findTierFactor(call: {
  readonly providerId: string;
  readonly modelId: string;
  readonly serviceTier: string;
}): number | null {
  const tier = call.serviceTier.toLowerCase();
  if (standardTiers.has(tier)) return 1;
  const rules = tierRules[call.providerId] ?? [];
  return rules.find((rule) => rule.tier === tier && rule.models.test(call.modelId))?.factor ?? null;
}
