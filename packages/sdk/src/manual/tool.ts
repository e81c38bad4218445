import { context, SpanKind, type Attributes, type Span } from "@opentelemetry/api";
import { app, genAi, operations } from "@spanlight/conventions";
import { setRunningTool } from "../context/tool-context.ts";
import type { ToolCall, ToolCallStart, ToolDecision } from "../hooks/hooks.ts";
import { currentRuntime, type Runtime } from "../runtime.ts";
import { contentText } from "./content-text.ts";
import { capturesHere } from "./kinds.ts";
import { runInSpan } from "./run-in-span.ts";

/** A tool call as the model asked for it. */
export interface ToolOptions<Input = unknown> {
  readonly name: string;
  /** The arguments, parsed; recorded only where content is. */
  readonly arguments?: Input;
  /** The id the model gave the call. */
  readonly callId?: string;
  readonly description?: string;
  /** `function`, `extension` or `datastore`; default `function`. */
  readonly type?: string;
  /** Number of the step in its loop, from 1. */
  readonly stepNumber?: number;
  readonly attributes?: Attributes;
}

/**
 * Runs a tool inside a span and past the hooks: `beforeToolExecute` may skip it or change its input, `afterToolExecute` may
 * change its output.
 */
export async function tool<T, Input = unknown>(
  options: ToolOptions<Input>,
  work: (input: Input, span: Span) => T | Promise<T>,
): Promise<T> {
  return callTool(options, work);
}

/** `tool()` for work that may be synchronous: it stays so unless an interceptor has to be asked. */
export function callTool<T, Input = unknown>(
  options: ToolOptions<Input>,
  work: (input: Input, span: Span) => T | Promise<T>,
): T | Promise<T> {
  const runtime = currentRuntime();
  const captures = capturesHere();
  const name = `${operations.executeTool} ${options.name}`;
  const spanOptions = { kind: SpanKind.INTERNAL, attributes: toolAttributes(options, captures) };
  const describe = (span: Span, output: unknown): void => {
    if (captures && output !== undefined) span.setAttribute(genAi.toolCallResult, contentText(output));
  };
  if (runtime === undefined)
    return runInSpan(name, spanOptions, (span) => work(options.arguments as Input, span));
  const { hooks, clock } = runtime;
  const inside = <R>(run: () => R): R => context.with(setRunningTool(context.active(), options.name), run);
  if (hooks.has("beforeToolExecute") || hooks.has("afterToolExecute")) {
    const intercepted = (span: Span): Promise<T> =>
      inside(() => runWithHooks({ runtime, options, span }, work));
    return runInSpan(name, spanOptions, intercepted, { onResult: describe });
  }
  const asked = askedCall(options);
  const startMs = clock.now();
  hooks.emit("onToolCallStart", asked);
  const report = (output: unknown, error: unknown): void =>
    hooks.emit("onToolCall", { ...asked, output, error, latencyMs: clock.now() - startMs });
  return runInSpan(name, spanOptions, (span) => inside(() => work(options.arguments as Input, span)), {
    onResult(span, output) {
      describe(span, output);
      report(output, undefined);
    },
    onError: (error) => report(undefined, error),
  });
}

function toolAttributes(options: ToolOptions, captures: boolean): Attributes {
  const attributes: Attributes = {
    ...options.attributes,
    [genAi.operationName]: operations.executeTool,
    [genAi.toolName]: options.name,
    [genAi.toolType]: options.type ?? "function",
  };
  if (options.callId !== undefined) attributes[genAi.toolCallId] = options.callId;
  if (options.description !== undefined) attributes[genAi.toolDescription] = contentText(options.description);
  if (captures && options.arguments !== undefined)
    attributes[genAi.toolCallArguments] = contentText(options.arguments);
  return attributes;
}

function askedCall(options: ToolOptions): ToolCallStart {
  return {
    toolName: options.name,
    toolCallId: options.callId,
    input: options.arguments,
    stepNumber: options.stepNumber ?? 0,
  };
}

export interface ToolRun<Input> {
  readonly runtime: Runtime;
  readonly options: ToolOptions<Input>;
  readonly span: Span;
}

/** Runs a tool past the hooks and the interceptors inside a span that is there already. */
export async function runWithHooks<T, Input>(
  run: ToolRun<Input>,
  work: (input: Input, span: Span) => T | Promise<T>,
): Promise<T> {
  const { hooks, clock } = run.runtime;
  const { options, span } = run;
  const asked = askedCall(options);
  hooks.emit("onToolCallStart", asked);
  const startMs = clock.now();
  const late: string[] = [];
  const onLate = (name: string): void => {
    late.push(name);
    span.setAttribute(app.hookDeadlineExceeded, late);
  };
  const decision = hooks.has("beforeToolExecute")
    ? await hooks.ask("beforeToolExecute", asked, onLate)
    : undefined;
  if (decision?.skip === true) {
    span.setAttribute(app.toolSkipped, true);
    hooks.emit("onToolCall", { ...asked, output: decision.output, error: undefined, latencyMs: 0 });
    // Whoever skips a tool answers for the type of what stands in for its result.
    return decision.output as T;
  }
  const start = applyInput(span, asked, decision);
  try {
    const output = await work(start.input as Input, span);
    const call = { ...start, output, error: undefined, latencyMs: clock.now() - startMs };
    const amended = await amend(run, call, onLate);
    hooks.emit("onToolCall", { ...call, output: amended });
    return amended as T;
  } catch (error) {
    hooks.emit("onToolCall", { ...start, output: undefined, error, latencyMs: clock.now() - startMs });
    throw error;
  }
}

function applyInput(span: Span, asked: ToolCallStart, decision: ToolDecision | undefined): ToolCallStart {
  if (decision === undefined || !("input" in decision)) return asked;
  span.setAttribute(app.toolInputOverridden, true);
  if (capturesHere()) span.setAttribute(genAi.toolCallArguments, contentText(decision.input));
  return { ...asked, input: decision.input };
}

async function amend(
  { runtime, span }: ToolRun<unknown>,
  call: ToolCall,
  onLate: (name: string) => void,
): Promise<unknown> {
  if (!runtime.hooks.has("afterToolExecute")) return call.output;
  const amended = await runtime.hooks.ask("afterToolExecute", call, onLate);
  for (const [key, value] of Object.entries(amended?.metadata ?? {}))
    span.setAttribute(`${app.metadata}.${key}`, typeof value === "string" ? contentText(value) : value);
  if (amended === undefined || !("output" in amended)) return call.output;
  span.setAttribute(app.toolOutputModified, true);
  return amended.output;
}
