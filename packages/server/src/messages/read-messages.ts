import type { Message, MessagePart } from "@spanlight/contract";
import { readClaudeCode } from "./claude-code.ts";
import type { ContentMap } from "./content-map.ts";
import { readGenericIo } from "./generic-io.ts";
import { readGoogleAdk } from "./google-adk.ts";
import { readLangfuse } from "./langfuse.ts";
import { readLangSmith } from "./langsmith.ts";
import { readMastra } from "./mastra.ts";
import { hasMedia, resolveMedia } from "./media.ts";
import { readMlflow } from "./mlflow.ts";
import { readOpenInference } from "./openinference.ts";
import { readOpenLit } from "./openlit.ts";
import { readOpenLlmetry } from "./openllmetry.ts";
import { readOpik } from "./opik.ts";
import { readOtelGenAi } from "./otel-genai.ts";
import type { PartlySaid, Said, SpanNature } from "./said.ts";
import { readVercelAi } from "./vercel-ai.ts";

/** In order of trust where a span speaks several dialects; the span's own goes first. */
const READERS: ReadonlyArray<{
  readonly dialect: string;
  readonly read: (content: ContentMap, nature: SpanNature) => PartlySaid;
}> = [
  { dialect: "otel", read: readOtelGenAi },
  { dialect: "openinference", read: readOpenInference },
  { dialect: "vercel-ai", read: readVercelAi },
  { dialect: "langfuse", read: readLangfuse },
  { dialect: "openllmetry", read: readOpenLlmetry },
  { dialect: "langsmith", read: readLangSmith },
  { dialect: "mlflow", read: readMlflow },
  { dialect: "openlit", read: readOpenLit },
  { dialect: "mastra", read: readMastra },
  { dialect: "google-adk", read: readGoogleAdk },
  { dialect: "claude-code", read: readClaudeCode },
  { dialect: "opik", read: readOpik },
  { dialect: "", read: readGenericIo },
];

/**
 * What was said in a span, whoever recorded it, in the convention's form. What went in, what came out, the
 * instructions and the tools are each taken from the first reader that finds something. Never throws: what cannot be understood is shown as text.
 */
export function readMessages(content: ContentMap, nature: SpanNature): Said {
  const own = READERS.filter((reader) => reader.dialect !== "" && nature.dialect.startsWith(reader.dialect));
  const found = [...own, ...READERS.filter((reader) => !own.includes(reader))].map((reader) =>
    reader.read(content, nature),
  );
  const systemInstructions = firstFilled(found, (said) => said.systemInstructions);
  const input = found.find(
    ({ inputMessages, toolArguments }) => isSaid(inputMessages) || isSaid(toolArguments),
  );
  const output = found.find(
    ({ outputMessages, toolResult, documents }) =>
      isSaid(outputMessages) || isSaid(toolResult) || isSaid(documents),
  );
  const messages = {
    inputMessages: withoutRepeated(systemInstructions, input?.inputMessages ?? []),
    outputMessages: output?.outputMessages ?? [],
  };
  return {
    ...(hasMedia(content) ? resolveMedia(messages, content) : messages),
    systemInstructions,
    toolDefinitions: firstFilled(found, (said) => said.toolDefinitions),
    documents: output?.documents ?? [],
    toolArguments: input?.toolArguments ?? null,
    toolResult: output?.toolResult ?? null,
  };
}

function isSaid(value: unknown): boolean {
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}

function firstFilled<Item>(
  found: readonly PartlySaid[],
  pick: (said: PartlySaid) => Item[] | undefined,
): Item[] {
  return found.map(pick).find((list) => list !== undefined && list.length > 0) ?? [];
}

/** OpenLIT writes the system prompt among the messages and beside them. */
function withoutRepeated(systemInstructions: readonly MessagePart[], messages: Message[]): Message[] {
  const [first] = messages;
  const isRepeated =
    first?.role === "system" && JSON.stringify(first.parts) === JSON.stringify(systemInstructions);
  return isRepeated ? messages.slice(1) : messages;
}
