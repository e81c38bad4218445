import { ROOT_CONTEXT } from "@opentelemetry/api";
import { CallRecord } from "../../call-record.ts";
import type { Runtime } from "../../runtime.ts";
import { describeError } from "../describe-error.ts";
import { endCall } from "../model-call.ts";
import { fieldsOf, isObject, type Fields } from "../read-value.ts";
import type { ClientApi } from "./client-api.ts";
import { isStream, observeStream, type StreamOwner } from "../observe-stream.ts";

/** What the client's `post` returns: a promise that parses its response only when somebody asks. */
export interface ApiPromise extends Promise<unknown> {
  _thenUnwrap: (this: ApiPromise, transform: (value: unknown, props: unknown) => unknown) => ApiPromise;
  parse: (this: ApiPromise) => Promise<unknown>;
  asResponse: (this: ApiPromise) => Promise<unknown>;
}

export function isApiPromise(value: unknown): value is ApiPromise {
  return (
    isObject(value) &&
    typeof value["_thenUnwrap"] === "function" &&
    typeof value["parse"] === "function" &&
    typeof value["asResponse"] === "function"
  );
}

/** What an observer of an ended call points to. Clients keep their promises for a while, and nothing more is to be kept with them. */
const ended = new CallRecord(
  { operation: "chat", provider: "", requestModel: "", serverAddress: "", serverPort: undefined },
  { parentContext: ROOT_CONTEXT, startMs: 0, captureContent: false },
);

/** One call on its way. Every method may be called in any order and more than once: the record ends once. */
export class CallObserver implements StreamOwner {
  readonly runtime: Runtime;
  record: CallRecord;
  readonly #api: ClientApi;
  #parsing = false;
  #taken = false;
  /** True when the usage chunk was asked for by us, so that the application must not see it. */
  hidesUsageChunk = false;

  constructor(runtime: Runtime, api: ClientApi, record: CallRecord) {
    this.runtime = runtime;
    this.#api = api;
    this.record = record;
  }

  get source(): string {
    return this.#api.source;
  }

  readRequest(body: unknown): void {
    const fields = fieldsOf(body);
    this.record.stream = fields["stream"] === true;
    this.#api.readRequest(this.record, fields);
  }

  /** Watches every way the application can take the answer, in place, and returns the same promise. */
  watch(promise: ApiPromise): ApiPromise {
    const { parse, asResponse, _thenUnwrap } = promise;
    promise.parse = (): Promise<unknown> => {
      const result = parse.call(promise);
      this.#onParse(result);
      return result;
    };
    promise.asResponse = (): Promise<unknown> => {
      const result = asResponse.call(promise);
      this.#onAsResponse(result);
      return result;
    };
    promise._thenUnwrap = (transform): ApiPromise =>
      this.watch(
        _thenUnwrap.call(promise, (value, props) => {
          this.#take(value);
          return transform(value, props);
        }),
      );
    return promise;
  }

  /** The parsed answer is seen here before the application, or what unwraps it further, gets it. */
  #take(value: unknown): void {
    if (this.#taken || this.record === ended) return;
    this.#taken = true;
    try {
      if (isStream(value)) {
        observeStream(value, this, this.#api.createReader(this.record));
      } else {
        this.#api.readResponse(this.record, fieldsOf(value));
        this.end();
      }
    } catch (error) {
      this.runtime.onFailure(error, this.#api.source);
      this.end();
    }
  }

  fail(error: unknown): void {
    if (this.record === ended) return;
    this.record.error ??= describeError(error);
    this.end();
  }

  end(): void {
    const { record } = this;
    if (record === ended) return;
    this.record = ended;
    endCall(this.runtime, record);
  }

  /** Ours is the first reaction to the parsed answer: it has been taken when the application's runs. */
  #onParse(result: Promise<unknown>): void {
    if (this.#parsing) return;
    this.#parsing = true;
    result.then(
      (value) => this.#take(value),
      (error: unknown) => this.fail(error),
    );
  }

  /** A raw response is the application's to read: the call ends with its headers, without token counts. */
  #onAsResponse(result: Promise<unknown>): void {
    result.then(
      (response) => {
        if (this.#parsing || this.record === ended) return;
        readRawResponse(this.record, fieldsOf(response));
        this.end();
      },
      (error: unknown) => this.fail(error),
    );
  }
}

function readRawResponse(record: CallRecord, response: Fields): void {
  const status = response["status"];
  if (typeof status === "number") record.attributes["http.response.status_code"] = status;
}
