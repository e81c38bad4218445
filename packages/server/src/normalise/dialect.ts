import type { Field } from "./fields.ts";

/**
 * One way of naming things: which attribute says what. A dialect maps keys to fields and builds no objects; where several dialects name
 * the same field on one span, the earlier dialect in `dialects.ts` wins, and inside a dialect the earlier key.
 */
export interface Dialect {
  /** Stored with the span, so that its content can be read later. */
  readonly name: string;
  readonly keys: ReadonlyArray<readonly [key: string, field: Field]>;
  /** Starts of keys that all carry content, such as `llm.input_messages.`. */
  readonly contentPrefixes: readonly string[];
}
