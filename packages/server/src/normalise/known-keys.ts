import { billingKeys } from "./billing-keys.ts";
import { dialects } from "./dialects.ts";
import { plainKeys } from "./plain-keys.ts";
import { scorePrefixes } from "./span-scores.ts";

/** Every attribute key that says something, or is known to say nothing, in any dialect. */
export const knownKeys: readonly string[] = [
  ...new Set([
    ...dialects.flatMap(({ keys }) => keys.map(([key]) => key)),
    ...Object.values(billingKeys).flat(),
    ...plainKeys,
  ]),
];

/** Starts of keys whose rest an application chooses: its metadata, the settings of a call, the variables of a prompt. */
export const knownPrefixes: readonly string[] = [
  "app.metadata.",
  "gen_ai.prompt.variable.",
  "langfuse.trace.metadata.",
  "langfuse.observation.metadata.",
  "langfuse.experiment.",
  "langsmith.metadata.",
  "langsmith.attachment.",
  "opik.metadata.",
  "mastra.metadata.",
  "traceloop.association.properties.",
  "traceloop.prompt.template_variables.",
  "ai.telemetry.metadata.",
  "ai.settings.",
  "ai.request.headers.",
  "metadata.",
  ...scorePrefixes,
];
