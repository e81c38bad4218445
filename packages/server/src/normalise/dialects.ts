import type { Dialect } from "./dialect.ts";
import { anthropic } from "./dialects/anthropic.ts";
import { claudeCode } from "./dialects/claude-code.ts";
import { googleAdk } from "./dialects/google-adk.ts";
import { langfuse } from "./dialects/langfuse.ts";
import { langsmith } from "./dialects/langsmith.ts";
import { mastra } from "./dialects/mastra.ts";
import { mcpDialect } from "./dialects/mcp.ts";
import { mlflow } from "./dialects/mlflow.ts";
import { openinference } from "./dialects/openinference.ts";
import { openlit } from "./dialects/openlit.ts";
import { openllmetry } from "./dialects/openllmetry.ts";
import { opik } from "./dialects/opik.ts";
import { otelGenaiOld } from "./dialects/otel-genai-old.ts";
import { otelGenai } from "./dialects/otel-genai.ts";
import { vercelAi } from "./dialects/vercel-ai.ts";

/** Every dialect understood, the one to believe first in front. */
export const dialects: readonly Dialect[] = [
  langfuse,
  otelGenai,
  otelGenaiOld,
  openinference,
  vercelAi,
  openllmetry,
  langsmith,
  mlflow,
  openlit,
  mastra,
  googleAdk,
  anthropic,
  claudeCode,
  opik,
  mcpDialect,
];
