import type { CallRecord, StreamEnd } from "../call-record.ts";
import type { Runtime } from "../runtime.ts";
import type { Clock } from "../tracing/clock.ts";
import { isAbortError } from "./describe-error.ts";
import { joinStream, leaveStream, type OpenStream } from "./idle-streams.ts";
import { fieldsOf, isObject, type Fields } from "./read-value.ts";
import type { StreamReader } from "./stream-reader.ts";

type StreamIterator = AsyncIterator<unknown, unknown, unknown>;

/** The call a stream belongs to. */
export interface StreamOwner {
  readonly record: CallRecord;
  readonly runtime: Runtime;
  /** Name of the source, for failures. */
  readonly source: string;
  /** True when the usage chunk was asked for by us, so that the application must not see it. */
  readonly hidesUsageChunk: boolean;
  end(): void;
  fail(error: unknown): void;
}

/** The client's Stream: its iterator is a field, its other methods all go through that field. */
interface ClientStream {
  iterator: () => StreamIterator;
  readonly controller: AbortController;
}

export function isStream(value: unknown): value is ClientStream {
  return isObject(value) && typeof value["iterator"] === "function" && isObject(value["controller"]);
}

/** Ends the record of a stream that nobody can read any more. */
const dropped = new FinalizationRegistry<StreamWatch>((watch) => watch.end("dropped"));

/** Watches a stream in place: the object, its `tee`, `controller` and `toReadableStream` stay what they are. */
export function observeStream(stream: ClientStream, observer: StreamOwner, reader: StreamReader): void {
  const original = stream.iterator;
  const watch = new StreamWatch(observer, reader, stream.controller.signal);
  dropped.register(stream, watch, watch);
  stream.iterator = function watchedIterator(this: unknown): StreamIterator {
    const iterator = original.call(this ?? stream);
    if (watch.started) return iterator;
    watch.started = true;
    dropped.unregister(watch);
    dropped.register(iterator, watch, watch);
    watchIterator(iterator, watch);
    return iterator;
  };
}

/** Watches an iterator that is the application's to read, in place. `signal` tells an abort from an end. */
export function observeIterator(
  iterator: StreamIterator,
  owner: StreamOwner,
  reader: StreamReader,
  signal: AbortSignal | undefined,
): void {
  const watch = new StreamWatch(owner, reader, signal);
  watch.started = true;
  dropped.register(iterator, watch, watch);
  watchIterator(iterator, watch);
}

/** Watches a stream that is only an async iterable, in place: its first iterator is the one that counts. */
export function observeIterable(
  stream: AsyncIterable<unknown>,
  owner: StreamOwner,
  reader: StreamReader,
): void {
  const original = stream[Symbol.asyncIterator].bind(stream);
  const watch = new StreamWatch(owner, reader, undefined);
  dropped.register(stream, watch, watch);
  const watched = (): StreamIterator => {
    const iterator = original();
    if (watch.started) return iterator;
    watch.started = true;
    dropped.unregister(watch);
    dropped.register(iterator, watch, watch);
    watchIterator(iterator, watch);
    return iterator;
  };
  Object.defineProperty(stream, Symbol.asyncIterator, { value: watched, configurable: true, writable: true });
}

function watchIterator(iterator: StreamIterator, watch: StreamWatch): void {
  const next = iterator.next.bind(iterator);
  const close = iterator.return?.bind(iterator);
  const raise = iterator.throw?.bind(iterator);
  const readNext = (): Promise<IteratorResult<unknown, unknown>> => {
    watch.waitingSinceMs = watch.clock.now();
    watch.idleSinceMs = undefined;
    return next().then(onResult, onError);
  };
  const onResult = (
    result: IteratorResult<unknown, unknown>,
  ): IteratorResult<unknown, unknown> | Promise<IteratorResult<unknown, unknown>> => {
    if (result.done === true) {
      watch.end(watch.isAborted ? "abort" : "completed");
      return result;
    }
    return watch.read(result.value) ? readNext() : result;
  };
  const onError = (error: unknown): never => {
    watch.fail(error);
    throw error;
  };
  iterator.next = readNext;
  if (close !== undefined)
    iterator.return = (value) => {
      watch.end(watch.isAborted ? "abort" : "break");
      return close(value);
    };
  if (raise !== undefined)
    iterator.throw = (error) => {
      watch.fail(error);
      return raise(error);
    };
}

/** What is known of a stream. Holds neither the stream nor its iterator, or they could never be dropped. */
class StreamWatch implements OpenStream {
  readonly clock: Clock;
  readonly #observer: StreamOwner;
  readonly #record: CallRecord;
  readonly #reader: StreamReader;
  readonly #signal: AbortSignal | undefined;
  started = false;
  waitingSinceMs = 0;
  idleSinceMs: number | undefined;
  #ended = false;

  constructor(observer: StreamOwner, reader: StreamReader, signal: AbortSignal | undefined) {
    this.#observer = observer;
    this.#record = observer.record;
    this.#reader = reader;
    this.#signal = signal;
    this.clock = observer.runtime.clock;
    this.idleSinceMs = this.clock.now();
    joinStream(this);
  }

  get isAborted(): boolean {
    return this.#signal?.aborted === true;
  }

  /** Takes a chunk; true when the application must not see it. */
  read(chunk: unknown): boolean {
    try {
      return this.#read(fieldsOf(chunk));
    } catch (error) {
      this.#observer.runtime.onFailure(error, this.#observer.source);
      return false;
    }
  }

  #read(chunk: Fields): boolean {
    const nowMs = this.clock.now();
    this.idleSinceMs = nowMs;
    const record = this.#record;
    const gapMs = nowMs - this.waitingSinceMs;
    if (record.chunkCount > 0 && gapMs > record.maxGapMs) record.maxGapMs = gapMs;
    record.chunkCount++;
    const carriesOutput = this.#reader.read(chunk);
    if (carriesOutput && record.firstChunkMs === undefined) record.firstChunkMs = nowMs;
    return this.#observer.hidesUsageChunk && isUsageChunk(chunk);
  }

  fail(error: unknown): void {
    // Some clients end a stream that was aborted, others throw; some abort one that failed.
    if (isAbortError(error) || (this.isAborted && this.#signal?.reason === error)) return this.end("abort");
    this.#finish("error", () => this.#observer.fail(error));
  }

  end(how: StreamEnd): void {
    this.#finish(how === "dropped" && this.isAborted ? "abort" : how, () => this.#observer.end());
  }

  #finish(how: StreamEnd, done: () => void): void {
    if (this.#ended) return;
    this.#ended = true;
    dropped.unregister(this);
    leaveStream(this);
    this.#record.streamEnd = how;
    try {
      this.#reader.finish();
    } catch (error) {
      this.#observer.runtime.onFailure(error, this.#observer.source);
    }
    done();
  }
}

/** The extra last chunk of `stream_options.include_usage`: usage and no choices. */
function isUsageChunk(chunk: Fields): boolean {
  const choices = chunk["choices"];
  return Array.isArray(choices) && choices.length === 0 && isObject(chunk["usage"]);
}
