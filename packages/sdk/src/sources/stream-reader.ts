import type { Fields } from "./read-value.ts";

/** Reads the events of one stream into a record. */
export interface StreamReader {
  /** Takes one event; true when it carries output, which is when the first token has come. */
  read(event: Fields): boolean;
  /** The stream is over: what was gathered goes into the record. */
  finish(): void;
}
