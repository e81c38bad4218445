import {
  context,
  createContextKey,
  SpanStatusCode,
  type Attributes,
  type Context,
  type Span,
  type SpanOptions,
  trace,
} from "@opentelemetry/api";
import { general } from "@spanlight/conventions";
import { placeOf } from "../../context/place-of.ts";
import type { CallRecord } from "../../call-record.ts";
import { errorText } from "../../manual/content-text.ts";
import { tracerOf, type Runtime } from "../../runtime.ts";
import type { AgentLoop } from "../agent-loop.ts";
import { describeError } from "../describe-error.ts";
import type { OpenStream } from "../idle-streams.ts";

/** Bounds what is remembered of runs that never report their end. */
const maxRuns = 10_000;

/** One run of a chain, a model, a tool or a retriever, between its start and its end. */
export interface Run {
  readonly id: string;
  readonly parent: Run | undefined;
  /** Undefined for runs that LangChain itself calls hidden, and for models, whose span is made of their record. */
  readonly span: Span | undefined;
  /** Where what happens inside the run belongs. */
  readonly inside: Context;
  readonly startMs: number;
  /** The agent's loop that begins with this run. */
  readonly loop?: AgentLoop | undefined;
  readonly call?: CallRecord | undefined;
  readonly tool?: RunningTool;
  /** When the last chunk of a model's stream came. */
  lastChunkMs: number;
  outputCharacters: number;
  /** The model's stream, once it has begun. */
  stream?: OpenStream;
}

/** The tool of a run. */
export interface RunningTool {
  readonly name: string;
  readonly callId: string | undefined;
  /** What it runs with: an interceptor may have changed what it was asked for. */
  input: unknown;
  /** True when the hooks are told by the interceptors inside the run. */
  readonly isToldInside: boolean;
}

const runKey = createContextKey("spanlight.langchain_run");

/** The runs that are open, by the ids LangChain gives them. */
export class Runs {
  readonly #open = new Map<string, Run>();

  get(id: string): Run | undefined {
    return this.#open.get(id);
  }

  /** Every open run that began inside this one. */
  *inside(run: Run): Generator<Run> {
    for (const other of this.#open.values()) if (other.parent === run) yield other;
  }

  /** Where a run with this parent begins: inside it, or deeper where the application has spans of its own there. */
  contextOf(parentId: string | undefined): { readonly parent: Run | undefined; readonly context: Context } {
    const active = placeOf(context.active());
    const parent = parentId === undefined ? undefined : this.#open.get(parentId);
    if (parent === undefined || active.getValue(runKey) === parentId) return { parent, context: active };
    return { parent, context: parent.inside };
  }

  add(run: Run): boolean {
    if (this.#open.size >= maxRuns) return false;
    this.#open.set(run.id, run);
    return true;
  }

  take(id: string): Run | undefined {
    const run = this.#open.get(id);
    this.#open.delete(id);
    return run;
  }
}

/** Marks a context as the inside of a run. */
export function setRun(inside: Context, runId: string): Context {
  return inside.setValue(runKey, runId);
}

/** The agent's loop around a run. */
export function loopAround(run: Run | undefined): AgentLoop | undefined {
  let current = run;
  while (current !== undefined && current.loop === undefined) current = current.parent;
  return current?.loop;
}

/** Opens a run with a span of its own. */
export function beginSpan(
  runtime: Runtime,
  place: { readonly id: string; readonly parent: Run | undefined; readonly context: Context },
  name: string,
  options: SpanOptions & { readonly attributes: Attributes },
): Pick<Run, "id" | "parent" | "span" | "inside" | "startMs" | "lastChunkMs" | "outputCharacters"> {
  const span = tracerOf().startSpan(name, options, place.context);
  return {
    id: place.id,
    parent: place.parent,
    span,
    inside: setRun(trace.setSpan(place.context, span), place.id),
    startMs: runtime.clock.now(),
    lastChunkMs: 0,
    outputCharacters: 0,
  };
}

/** How LangGraph leaves a node to ask a human or to jump; not a failure. */
const jumps: ReadonlySet<string> = new Set([
  "GraphInterrupt",
  "NodeInterrupt",
  "ParentCommand",
  "GraphBubbleUp",
]);

export function isJump(error: unknown): boolean {
  return error instanceof Error && (jumps.has(error.name) || jumps.has(error.constructor.name));
}

/** Marks a span as failed. */
export function failSpan(span: Span | undefined, error: unknown): void {
  if (span === undefined || isJump(error)) return;
  const { type, message } = describeError(error);
  span.setAttribute(general.errorType, type);
  span.setStatus({ code: SpanStatusCode.ERROR, message: errorText(message) });
}
