// Spans of what the server does. Nothing is registered with OpenTelemetry's API: an application around the server has its own.
import { AsyncLocalStorage } from "node:async_hooks";
import {
  createContextKey,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type Tracer,
} from "@opentelemetry/api";

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** What a span is about. Names and attributes hold no content, no values that somebody asked by, no keys. */
export interface Work {
  readonly name: string;
  readonly kind?: "internal" | "server" | "client";
  readonly attributes?: SpanAttributes;
  /** True: begins a trace, whatever is under way. */
  readonly isRoot?: boolean;
  /** The span of somebody else that it belongs below. */
  readonly remoteParent?: Context;
}

/** A span under way. */
export interface OpenSpan {
  note(attributes: SpanAttributes): void;
  /** Marks it as failed by a class of error: a code, never a message. */
  fail(errorType: string): void;
  end(): void;
}

/** Makes spans: parent and child follow the asynchronous context. */
export interface Tracing {
  /** Runs the work inside of a span, which ends with it; a failure is noted and thrown on. */
  run<Result>(work: Work, inside: (span: OpenSpan) => Promise<Result>): Promise<Result>;
  /** Starts a span that `end` ends, and runs the work inside of it. One that is never ended is never sent. */
  enter<Result>(work: Work, inside: (span: OpenSpan) => Result): Result;
  /** Runs the work outside of every span. */
  leave<Result>(outside: () => Result): Result;
  /** The span that is under way here, if it is recorded: what began inside of a span and outlives it is not inside of it. */
  current(): OpenSpan | undefined;
}

interface Place {
  readonly span: Span;
  readonly open: OpenSpan;
}

const placeKey = createContextKey("spanlight.self.place");
const kinds = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT };

export function createTracing(tracer: Tracer): Tracing {
  const contexts = new AsyncLocalStorage<Context>();

  function findParent({ isRoot = false, remoteParent }: Work): Context {
    if (remoteParent !== undefined) return remoteParent;
    const current = contexts.getStore();
    return isRoot || current === undefined || hasEnded(current) ? ROOT_CONTEXT : current;
  }

  function enter<Result>(work: Work, inside: (span: OpenSpan) => Result): Result {
    const { name, kind = "internal", attributes = {} } = work;
    const parent = findParent(work);
    const span = tracer.startSpan(name, { kind: kinds[kind], attributes: { ...attributes } }, parent);
    const open = toOpenSpan(span);
    const place: Place = { span, open };
    const context = trace.setSpan(parent, span).setValue(placeKey, place);
    return contexts.run(context, () => inside(open));
  }

  return {
    enter,
    run: (work, inside) =>
      enter(work, async (span) => {
        try {
          return await inside(span);
        } catch (error) {
          noteError(span, error);
          throw error;
        } finally {
          span.end();
        }
      }),
    leave: (outside) => contexts.run(ROOT_CONTEXT, outside),
    current() {
      const place = placeIn(contexts.getStore());
      return place?.span.isRecording() === true ? place.open : undefined;
    },
  };
}

function placeIn(context: Context | undefined): Place | undefined {
  return context?.getValue(placeKey) as Place | undefined; // set above
}

/** A span that is not sampled never records: it has not ended, and what is below it is not sampled either. */
function hasEnded(context: Context): boolean {
  const span = placeIn(context)?.span;
  if (span === undefined) return false;
  const isSampled = (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
  return isSampled && !span.isRecording();
}

function toOpenSpan(span: Span): OpenSpan {
  return {
    note: (attributes) => void span.setAttributes({ ...attributes }),
    fail(errorType) {
      span.setAttribute("error.type", errorType);
      span.setStatus({ code: SpanStatusCode.ERROR });
    },
    end: () => span.end(),
  };
}

/** What was cancelled because nobody waits for it any more has not failed. */
const cancelled = "query_cancelled";

function noteError(span: OpenSpan, error: unknown): void {
  const type = typeOfError(error);
  if (type === cancelled) span.note({ "error.type": type });
  else span.fail(type);
}

/** The code of an error of ours or of the system, or its class: messages may quote what somebody sent. */
function typeOfError(error: unknown): string {
  if (!(error instanceof Error)) return "_OTHER";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
