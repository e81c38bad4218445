import { isMcpClient, mcpServerOf, watchMcpClient, watchMcpServer } from "./sources/mcp/watch-mcp.ts";
import { isStainlessClient, watchStainlessClient } from "./sources/stainless/watch-client.ts";
import { isBedrockClient, watchBedrock } from "./sources/bedrock/watch-bedrock.ts";
import { watchRunTools } from "./sources/openai/watch-run-tools.ts";
import { watchToolRunnerOf } from "./sources/anthropic/watch-tool-runner.ts";
import { isCohereClient, watchCohere } from "./sources/cohere/watch-cohere.ts";
import { watchInteractionsOf } from "./sources/google/watch-interactions.ts";
import { isObject } from "./sources/read-value.ts";
import { googleModelsOf, watchGoogle } from "./sources/google/watch-google.ts";
import {
  isCallbackManagerClass,
  isLangChainTool,
  watchCallbackManager,
  watchLangChainTool,
} from "./sources/langchain/watch-langchain.ts";
import { isAiModel, watchAiModel } from "./sources/ai-sdk/ai-middleware.ts";
import { isAiTools, watchAiTools } from "./sources/ai-sdk/ai-tools.ts";
import { currentRuntime } from "./runtime.ts";

/**
 * Watches the model calls of a client, or of every client of a class, and returns the same object, patched in place. Wrapping twice, or wrapping a client
 * that `@spanlight/sdk/register` watches already, changes nothing. What is no client it knows comes back untouched.
 */
export function wrap<T>(client: T): T {
  const target: unknown = typeof client === "function" ? client.prototype : client;
  if (!watchClient(target) && !watchFramework(client, target))
    currentRuntime()?.onFailure(new TypeError("not a client this SDK knows"), "wrap");
  return client;
}

/** Watches a provider's client, or one of the Model Context Protocol; false for everything else. */
function watchClient(target: unknown): boolean {
  const mcpServer = mcpServerOf(target);
  const googleModels = googleModelsOf(target);
  if (isStainlessClient(target)) {
    watchStainlessClient(target);
    watchRunTools(target);
    watchToolRunnerOf(target);
  } else if (isMcpClient(target)) watchMcpClient(target);
  else if (mcpServer !== undefined) watchMcpServer(mcpServer);
  else if (isBedrockClient(target)) watchBedrock(target);
  else if (googleModels !== undefined) watchGoogleClient(googleModels, target);
  else if (isCohereClient(target)) watchCohere(target);
  else return false;
  return true;
}

function watchGoogleClient(models: Parameters<typeof watchGoogle>[0], client: unknown): void {
  watchGoogle(models);
  if (isObject(client)) watchInteractionsOf(client);
}

/** Watches a part of a framework; false for everything else. */
function watchFramework(client: unknown, target: unknown): boolean {
  if (isCallbackManagerClass(client)) watchCallbackManager(client);
  else if (isLangChainTool(target)) watchLangChainTool(target);
  else if (isAiModel(target)) watchAiModel(target);
  else if (isAiTools(target)) watchAiTools(target);
  else return false;
  return true;
}
