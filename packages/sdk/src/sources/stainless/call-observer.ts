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

const watching = Symbol("@spanlight/sdk.watching");

/** What a watched promise carries: who watches, and the methods that were there before. */
interface Watching extends Pick<ApiPromise, "_thenUnwrap" | "parse" | "asResponse"> {
  readonly observer: CallObserver;
}

interface WatchedPromise extends ApiPromise {
  [watching]: Watching;
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
  #raw = false;
  #taken = false;
  /** True when the usage chunk was asked for by us, so that the application must not see it. */
  hidesUsageChunk = false;

  constructor(runtime: Runtime, api: ClientApi, record: CallRecord) {
    this.runtime = runtime;
    this.#api = api;
    this.record = record;
  }

  /** True when the application takes the raw response, and has not asked for it parsed. */
  get isRaw(): boolean {
    return this.#raw && !this.#parsing;
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
    const watched = promise as WatchedPromise;
    watched[watching] = { observer: this, parse, asResponse, _thenUnwrap };
    watched.parse = watchedParse as ApiPromise["parse"];
    watched.asResponse = watchedAsResponse as ApiPromise["asResponse"];
    watched._thenUnwrap = watchedThenUnwrap as ApiPromise["_thenUnwrap"];
    return promise;
  }

  /** The parsed answer is seen here before the application, or what unwraps it further, gets it. */
  take(value: unknown): void {
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
  onParse(result: Promise<unknown>): void {
    if (this.#parsing) return;
    this.#parsing = true;
    result.then(
      (value) => this.take(value),
      (error: unknown) => this.fail(error),
    );
  }

  /** A raw response is the application's to read: the call ends with its headers, without token counts. */
  onAsResponse(result: Promise<unknown>): void {
    this.#raw = true;
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

// Functions that all promises share, and no closures: with a function of its own each promise, and all it leads to, outlives
// V8's scavenges (bench/sdk.ts: 8 µs a call).

function watchedParse(this: WatchedPromise): Promise<unknown> {
  const { observer, parse } = this[watching];
  const result = parse.call(this);
  observer.onParse(result);
  return result;
}

function watchedAsResponse(this: WatchedPromise): Promise<unknown> {
  const { observer, asResponse } = this[watching];
  const result = asResponse.call(this);
  observer.onAsResponse(result);
  return result;
}

function watchedThenUnwrap(
  this: WatchedPromise,
  transform: (value: unknown, props: unknown) => unknown,
): ApiPromise {
  const { observer, _thenUnwrap } = this[watching];
  const unwrapped = _thenUnwrap.call(this, (value, props) => {
    observer.take(value);
    return transform(value, props);
  });
  return observer.watch(unwrapped);
}

function readRawResponse(record: CallRecord, response: Fields): void {
  const status = response["status"];
  if (typeof status === "number") record.attributes["http.response.status_code"] = status;
}
