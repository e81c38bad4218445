import type { CallRecord } from "../../call-record.ts";
import type { Runtime } from "../../runtime.ts";
import { describeError } from "../describe-error.ts";
import { endCall } from "../model-call.ts";
import { fieldsOf, isObject, type Fields } from "../read-value.ts";
import type { ClientApi } from "./client-api.ts";
import { isStream, observeStream } from "../observe-stream.ts";

/** What the client's `post` returns: a promise that parses its response only when somebody asks. */
export interface ApiPromise extends Promise<unknown> {
  _thenUnwrap(transform: (value: unknown, props: unknown) => unknown): ApiPromise;
  parse(): Promise<unknown>;
  asResponse(): Promise<unknown>;
  /** A field, not a method: older clients have it as an own property. */
  parseResponse?: (...args: unknown[]) => Promise<unknown>;
}

export function isApiPromise(value: unknown): value is ApiPromise {
  return (
    isObject(value) &&
    typeof value["_thenUnwrap"] === "function" &&
    typeof value["parse"] === "function" &&
    typeof value["asResponse"] === "function"
  );
}

/** One call on its way. Every method may be called in any order and more than once: the record ends once. */
export class CallObserver {
  readonly record: CallRecord;
  readonly runtime: Runtime;
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

  /** Puts itself between the client's promise and what it parses. */
  observe(promise: ApiPromise): ApiPromise {
    const { parseResponse } = promise;
    // Where derived promises parse through this field (up to version 6 of `openai`) the promise itself stays; else one is derived.
    if (typeof parseResponse !== "function" || Object.hasOwn(promise, "_thenUnwrap"))
      return this.watch(promise._thenUnwrap(this.take));
    promise.parseResponse = (...args: unknown[]): Promise<unknown> =>
      parseResponse.apply(promise, args).then(this.take);
    return this.watch(promise);
  }

  /** Watches every way the application can take the answer, and returns the same promise. */
  watch(promise: ApiPromise): ApiPromise {
    const parse = promise.parse.bind(promise);
    const asResponse = promise.asResponse.bind(promise);
    const unwrap = promise._thenUnwrap.bind(promise);
    promise.parse = (): Promise<unknown> => {
      const result = parse();
      this.#onParse(result);
      return result;
    };
    promise.asResponse = (): Promise<unknown> => {
      const result = asResponse();
      this.#onAsResponse(result);
      return result;
    };
    promise._thenUnwrap = (transform): ApiPromise => this.watch(unwrap(transform));
    return promise;
  }

  /** The parsed answer passes through here on its way to the application. */
  readonly take = (value: unknown): unknown => {
    if (this.#taken) return value;
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
    return value;
  };

  fail(error: unknown): void {
    this.record.error ??= describeError(error);
    this.end();
  }

  end(): void {
    endCall(this.runtime, this.record);
  }

  #onParse(result: Promise<unknown>): void {
    if (this.#parsing) return;
    this.#parsing = true;
    result.then(undefined, (error: unknown) => this.fail(error));
  }

  /** A raw response is the application's to read: the call ends with its headers, without token counts. */
  #onAsResponse(result: Promise<unknown>): void {
    result.then(
      (response) => {
        if (this.#parsing) return;
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
