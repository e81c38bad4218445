import { context, SpanStatusCode, trace, type Span, type SpanOptions } from "@opentelemetry/api";
import { general } from "@spanlight/conventions";
import { placeOf } from "../context/place-of.ts";
import { errorText } from "./content-text.ts";
import { tracerOf } from "../runtime.ts";
import { describeError } from "../sources/describe-error.ts";
import { isThenable } from "../sources/read-value.ts";

/** Told how the work ended, before its span does. */
export interface SpanWatch<T> {
  readonly onResult?: (span: Span, result: T) => void;
  readonly onError?: (error: unknown) => void;
}

/**
 * Runs `work` inside a new span, which is the parent of all spans made in it. The span ends when `work` does: at its return,
 * at the settling of the promise it returns, or at the end of the async generator it returns. What it throws is recorded and
 * thrown on.
 */
export function runInSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => T,
  watch: SpanWatch<Awaited<T>> = {},
): T {
  const active = placeOf(context.active());
  const span = tracerOf().startSpan(name, options, active);
  const inside = trace.setSpan(active, span);
  try {
    const result = context.with(inside, work, undefined, span);
    if (isThenable(result)) {
      // The promise itself is returned: it may be of a class with more methods than a promise has.
      result.then(
        (value) => finish(span, () => watch.onResult?.(span, value as Awaited<T>)),
        (error: unknown) => fail(span, error, watch.onError),
      );
      return result;
    }
    if (isAsyncGenerator(result)) {
      watchGenerator(result, span, <R>(step: () => R) => context.with(inside, step));
      return result;
    }
    finish(span, () => watch.onResult?.(span, result as Awaited<T>));
    return result;
  } catch (error) {
    fail(span, error, watch.onError);
    throw error;
  }
}

/** Ends a span as failed: status, `error.type`, and the exception as an event. */
function fail(span: Span, error: unknown, onError?: (error: unknown) => void): void {
  onError?.(error);
  try {
    if (span.isRecording()) describeFailure(span, error);
  } catch {
    // Whatever was thrown, the application gets that, and no error of ours.
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

function describeFailure(span: Span, error: unknown): void {
  const message = errorText(describeError(error).message);
  const type = error instanceof Error ? error.constructor.name : "_OTHER";
  span.setAttribute(general.errorType, type);
  const stack = error instanceof Error && typeof error.stack === "string" ? error.stack : undefined;
  span.recordException({ name: type, message, ...(stack === undefined ? {} : { stack: errorText(stack) }) });
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

function finish(span: Span, describe: () => void): void {
  try {
    describe();
  } catch {
    // A result that cannot be described is still the application's result.
  }
  span.end();
}

function isAsyncGenerator(value: unknown): value is AsyncGenerator {
  return Object.prototype.toString.call(value) === "[object AsyncGenerator]";
}

type RunInside = <R>(step: () => R) => R;

/** Each step of the generator runs inside the span; the span ends with the generator, however that ends. */
function watchGenerator(generator: AsyncGenerator, span: Span, runInside: RunInside): void {
  const next = generator.next.bind(generator);
  const close = generator.return.bind(generator);
  const raise = generator.throw.bind(generator);
  const settle = (result: Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> => {
    result.then(
      ({ done }) => {
        if (done === true) span.end();
      },
      (error: unknown) => fail(span, error),
    );
    return result;
  };
  generator.next = (...args) => settle(runInside(() => next(...args)));
  generator.return = (value) => settle(runInside(() => close(value)));
  generator.throw = (error) => settle(runInside(() => raise(error)));
}
