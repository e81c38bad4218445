import type { Message, MessagePart, RetrievedDocument } from "@spanlight/contract";

/** What was said in a span, in the form of the GenAI semantic conventions (v1.41); the same names as in the API. */
export interface Said {
  readonly inputMessages: Message[];
  readonly outputMessages: Message[];
  readonly systemInstructions: MessagePart[];
  readonly toolDefinitions: unknown[];
  readonly toolArguments: unknown;
  readonly toolResult: unknown;
  readonly documents: RetrievedDocument[];
}

/** What one dialect's keys say; what they are silent on is left out. */
export type PartlySaid = { [Field in keyof Said]?: Said[Field] | undefined };

/** What a reader needs to know of the span beside its content. */
export interface SpanNature {
  /** Who named the attributes, as normalised. */
  readonly dialect: string;
  /** `model`, `tool`, `retrieval`, … */
  readonly spanType: string;
  /** Events of the span that are no content by themselves: `{ name, attributes }`. */
  readonly events?: ReadonlyArray<Record<string, unknown>>;
}
