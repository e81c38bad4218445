import { calcPrice } from "@pydantic/genai-prices";
import { toTableProvider } from "./rates.ts";

export interface ContextWindowQuery {
  /** Provider by its name in the GenAI conventions; empty when unknown. */
  readonly provider: string;
  readonly model: string;
}

/** How many tokens the context of a model holds, or null when the price list does not say. */
export function findContextWindow({ provider, model }: ContextWindowQuery): number | null {
  if (model === "") return null;
  const providerId = toTableProvider(provider);
  const own = providerId === "" ? null : calcPrice({}, model, { providerId });
  return (own ?? calcPrice({}, model))?.model.context_window ?? null;
}
