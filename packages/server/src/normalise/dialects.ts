import type { Dialect } from "./dialect.ts";
import { openinference } from "./dialects/openinference.ts";
import { otelGenaiOld } from "./dialects/otel-genai-old.ts";
import { otelGenai } from "./dialects/otel-genai.ts";
import { vercelAi } from "./dialects/vercel-ai.ts";

/** Every dialect understood, the one to believe first in front. */
export const dialects: readonly Dialect[] = [otelGenai, otelGenaiOld, openinference, vercelAi];
