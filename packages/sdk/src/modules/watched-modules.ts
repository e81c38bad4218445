import { watchToolRunner } from "../sources/anthropic/watch-tool-runner.ts";
import { watchBedrockClass } from "../sources/bedrock/watch-bedrock.ts";
import {
  isCallbackManagerClass,
  isLangChainTool,
  watchCallbackManager,
  watchLangChainTool,
} from "../sources/langchain/watch-langchain.ts";
import { isCohereClient, watchCohere } from "../sources/cohere/watch-cohere.ts";
import { isInteractions, watchInteractions } from "../sources/google/watch-interactions.ts";
import { googleModelsOf, watchGoogle } from "../sources/google/watch-google.ts";
import { watchCompletions, watchRunTools } from "../sources/openai/watch-run-tools.ts";
import { isTraceProvider, watchTraceProvider } from "../sources/openai-agents/watch-agents.ts";
import { isObject } from "../sources/read-value.ts";
import { isStainlessClient, watchStainlessClient } from "../sources/stainless/watch-client.ts";

/** A client library whose class can be watched as a whole, through its prototype. */
interface WatchedModule {
  readonly source: string;
  /** The file that declares the class, as a pattern of its URL; an alias like `openai6` is still that library. */
  readonly file: RegExp;
  /** What CommonJS requires. */
  readonly request: RegExp;
  /** The class whose prototype all clients share; older versions have only the second. */
  readonly classNames: readonly string[];
  readonly watch: (prototype: unknown) => void;
}

export const watchedModules: readonly WatchedModule[] = [
  {
    source: "openai",
    file: /\/node_modules\/openai[^/]*\/(?:client|index)\.mjs$/,
    request: /(?:^|[\\/])openai[^\\/]*(?:[\\/](?:index|client)(?:\.js)?)?$/,
    classNames: ["OpenAI"],
    watch: watchPrototype,
  },
  {
    // The classes of version 4 that have the loop of tools hang on no class that is exported.
    source: "openai-beta",
    file: /\/node_modules\/openai[^/]*\/resources\/beta\/chat\/completions\.mjs$/,
    request: /^\.\/completions(?:\.js)?$/,
    classNames: ["Completions"],
    watch: watchCompletions,
  },
  {
    source: "anthropic",
    file: /\/node_modules\/(?:@anthropic-ai\/sdk|anthropic[^/]*)\/(?:client|index)\.mjs$/,
    request: /(?:^|[\\/])(?:@anthropic-ai[\\/]sdk|anthropic[^\\/]*)(?:[\\/](?:index|client)(?:\.js)?)?$/,
    classNames: ["BaseAnthropic", "Anthropic"],
    watch: watchPrototype,
  },
  {
    source: "anthropic-beta",
    file: /\/node_modules\/(?:@anthropic-ai\/sdk|anthropic[^/]*)\/resources\/beta\/messages\/messages\.mjs$/,
    request: /(?:^|[\\/])messages[\\/]messages(?:\.js)?$/,
    classNames: ["Messages"],
    watch: watchToolRunner,
  },
  {
    source: "google",
    file: /\/node_modules\/@google\/genai\/dist\/(?:node\/)?index\.mjs$/,
    request: /(?:^|[\\/])@google[\\/]genai$/,
    classNames: ["Models"],
    watch: (prototype) => {
      const models = googleModelsOf(prototype);
      if (models !== undefined) watchGoogle(models);
    },
  },
  {
    source: "google-interactions",
    file: /\/node_modules\/@google\/genai\/dist\/(?:node\/)?index\.mjs$/,
    // CommonJS exports no class of its own for them: there they are found through `wrap(client)`.
    request: /^$/,
    classNames: ["GeminiNextGenInteractions"],
    watch: (prototype) => {
      if (isInteractions(prototype)) watchInteractions(prototype);
    },
  },
  {
    source: "cohere",
    file: /^$/,
    request: /(?:^|[\\/])resources[\\/]v2[\\/]client[\\/]Client$/,
    classNames: ["V2Client"],
    watch: (prototype) => {
      if (isCohereClient(prototype)) watchCohere(prototype);
    },
  },
  {
    source: "bedrock",
    file: /\/node_modules\/@aws-sdk\/client-bedrock-runtime\/dist-es\/BedrockRuntimeClient\.js$/,
    request: /(?:^|[\\/])@aws-sdk[\\/]client-bedrock-runtime(?:[\\/]dist-cjs[\\/]index\.js)?$/,
    classNames: ["BedrockRuntimeClient"],
    watch: watchBedrockClass,
  },
  {
    source: "langchain",
    file: /\/node_modules\/(?:@langchain\/core|langchain-core[^/]*)\/dist\/callbacks\/manager\.js$/,
    request: /(?:^|[\\/])callbacks[\\/]manager(?:\.cjs)?$/,
    classNames: ["CallbackManager"],
    watch: (prototype) => {
      const manager = isObject(prototype) ? prototype.constructor : undefined;
      if (isCallbackManagerClass(manager)) watchCallbackManager(manager);
    },
  },
  {
    source: "langchain-tools",
    file: /\/node_modules\/(?:@langchain\/core|langchain-core[^/]*)\/dist\/tools\/index\.js$/,
    request: /(?:^|[\\/])tools[\\/]index\.cjs$|(?:^|[\\/])@langchain[\\/]core[\\/]tools$/,
    classNames: ["StructuredTool"],
    watch: (prototype) => {
      if (isLangChainTool(prototype)) watchLangChainTool(prototype);
    },
  },
  {
    source: "openai-agents",
    file: /\/node_modules\/@openai\/agents-core\/dist\/tracing\/provider\.mjs$/,
    request: /(?:^|[\\/])provider(?:\.js)?$/,
    classNames: ["TraceProvider"],
    watch: (prototype) => {
      if (isTraceProvider(prototype)) watchTraceProvider(prototype);
    },
  },
];

function watchPrototype(prototype: unknown): void {
  if (!isStainlessClient(prototype)) return;
  watchStainlessClient(prototype);
  watchRunTools(prototype);
}
