import type { Operation } from "@spanlight/conventions";
import type { CallRecord } from "../../call-record.ts";
import type { Fields } from "../read-value.ts";
import type { StreamReader } from "../stream-reader.ts";

/** One API of a client library: how its requests, answers and stream events are read into a record. */
export interface ClientApi {
  /** Name of the source, for failures. */
  readonly source: string;
  readonly operation: Operation;
  /** Value of `openai.api.type`; undefined for APIs the convention has no name for. */
  readonly apiType: string | undefined;
  /** The provider where the address does not tell one. */
  readonly defaultProvider: string;
  /** True when a stream can be asked to report its usage in an extra last chunk. */
  readonly hasStreamOptions: boolean;
  readRequest(record: CallRecord, body: Fields): void;
  readResponse(record: CallRecord, response: Fields): void;
  createReader(record: CallRecord): StreamReader;
}
