import type { JsonObject } from "../../decode/json-fields.ts";
import type { OtlpAttributes } from "./otlp-span.ts";

/** Whose SDK speaks. */
export type Source = "langfuse" | "langsmith" | "opik";

/** What one call of an SDK says of a span or of a whole trace: seldom all of it. */
export interface Part {
  readonly source: Source;
  readonly kind: "span" | "trace";
  /** As the SDK names it. */
  readonly id: string;
  /** As the SDK names it; empty where the call does not say. */
  readonly traceId: string;
  /** Name and version of the SDK, as far as it says. */
  readonly sdk: { readonly name: string; readonly version: string };
  /** The body as sent, in the SDK's own names. */
  readonly fields: JsonObject;
}

/** What a part, or several of one span merged, amounts to. */
export interface Description {
  readonly name: string;
  readonly service: string;
  /** As the SDK names it; empty = none. */
  readonly parentId: string;
  readonly error: { readonly type: string; readonly message: string } | undefined;
  readonly attributes: OtlpAttributes;
}

/** How one product's bodies are read. */
export interface SourceReader {
  startNs(part: Part): bigint | undefined;
  endNs(part: Part): bigint | undefined;
  /** True when nothing more is expected of it. */
  isComplete(part: Part): boolean;
  /** True for what is billed: a second row of it would count twice. */
  isModelCall(part: Part): boolean;
  /** `trace` holds the fields of its trace, as far as they are known. */
  describe(part: Part, trace: JsonObject): Description;
}

/** A verdict on a span or a trace. */
export interface Score {
  /** As the SDK names it: a score that is sent again under its id takes the place of the one before. */
  readonly id: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly sessionId: string;
  readonly name: string;
  readonly value: number | undefined;
  readonly label: string;
  readonly explanation: string;
  /** Who judged: `HUMAN`, `API`, `sdk`, … as the SDK says. */
  readonly origin: string;
  /** Unix milliseconds. */
  readonly timeMs: number;
}
