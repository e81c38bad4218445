/** What a recording says of its call, read straight from the provider's format and not by the SDK's readers. */
export interface CallFacts {
  readonly responseModel: string | undefined;
  readonly responseId: string | undefined;
  /** Undefined where the recording holds no usage. */
  readonly usage: UsageFacts | undefined;
  /** In the conventions' words. */
  readonly finishReasons: readonly string[];
  readonly toolCalls: readonly ToolCallFacts[];
  /** What the model said, all text parts joined. */
  readonly text: string;
  /** True when the provider answered with an error. */
  readonly failed: boolean;
}

/** Inclusive, as the conventions have it: input with cached tokens, output with reasoning. */
export interface UsageFacts {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number | undefined;
  readonly cacheWrite: number | undefined;
  readonly reasoning: number | undefined;
}

export interface ToolCallFacts {
  readonly id: string | undefined;
  readonly name: string;
  /** Parsed arguments. */
  readonly arguments: unknown;
}

export const failedCall: CallFacts = {
  responseModel: undefined,
  responseId: undefined,
  usage: undefined,
  finishReasons: [],
  toolCalls: [],
  text: "",
  failed: true,
};

/** JSON of unknown shape, to be looked into. */
export type Json = Readonly<Record<string, unknown>>;

export function asJson(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

export function asList(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.map(asJson) : [];
}

export function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function asNumber(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** JSON text as its value; other text as it is. */
export function parseArguments(text: unknown): unknown {
  if (typeof text !== "string") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
