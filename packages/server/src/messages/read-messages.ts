import type { ContentMap } from "./content-map.ts";
import { readGenericIo } from "./generic-io.ts";
import { readOpenInference } from "./openinference.ts";
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
  { dialect: "", read: readGenericIo },
];

/**
 * What was said in a span, whoever recorded it, in the convention's form. Field by field the first reader that finds
 * something counts. Never throws: what cannot be understood is shown as text.
 */
export function readMessages(content: ContentMap, nature: SpanNature): Said {
  const own = READERS.filter((reader) => reader.dialect !== "" && nature.dialect.startsWith(reader.dialect));
  const found = [...own, ...READERS.filter((reader) => !own.includes(reader))].map((reader) =>
    reader.read(content, nature),
  );
  return {
    inputMessages: firstFilled(found, (said) => said.inputMessages),
    outputMessages: firstFilled(found, (said) => said.outputMessages),
    systemInstructions: firstFilled(found, (said) => said.systemInstructions),
    toolDefinitions: firstFilled(found, (said) => said.toolDefinitions),
    documents: firstFilled(found, (said) => said.documents),
    toolArguments: found.find((said) => said.toolArguments !== undefined)?.toolArguments ?? null,
    toolResult: found.find((said) => said.toolResult !== undefined)?.toolResult ?? null,
  };
}

function firstFilled<Item>(
  found: readonly PartlySaid[],
  pick: (said: PartlySaid) => Item[] | undefined,
): Item[] {
  for (const said of found) {
    const list = pick(said);
    if (list !== undefined && list.length > 0) return list;
  }
  return [];
}
