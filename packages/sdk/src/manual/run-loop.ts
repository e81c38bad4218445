import { context, trace, type Attributes, type Span } from "@opentelemetry/api";
import { app, genAi, operations } from "@spanlight/conventions";
import { setLoopPosition, type LoopPosition } from "../context/loop-context.ts";
import type { TerminationReason, ToolCall } from "../hooks/hooks.ts";
import type { InputMessage } from "../message.ts";
import { currentRuntime, type Runtime } from "../runtime.ts";
import { runInSpan } from "./run-in-span.ts";
import { callTool, type ToolOptions } from "./tool.ts";

export interface LoopOptions {
  /** Name of the agent. */
  readonly name: string;
  /** The loop ends after this many steps. */
  readonly maxSteps: number;
  /** What `beforeStep` is told the conversation is; asked before each step. */
  readonly messages?: () => readonly InputMessage[];
  readonly attributes?: Attributes;
}

/** One round of a loop, as its work sees it. */
export interface LoopStep<T> {
  /** From 1. */
  readonly number: number;
  /** Messages that `beforeStep` wants in the conversation from now on. */
  readonly injectedMessages: readonly unknown[];
  /** Runs a tool inside this step; as `tool()`. */
  tool<R, Input>(options: ToolOptions<Input>, work: (input: Input, span: Span) => R | Promise<R>): Promise<R>;
  /** Ends the loop after this step, with its result. */
  finish(value: T): void;
}

export interface LoopResult<T> {
  /** What `finish` was given; undefined when the loop ended otherwise. */
  readonly value: T | undefined;
  readonly steps: number;
  readonly terminationReason: TerminationReason;
}

interface LoopState<T> {
  readonly runtime: Runtime | undefined;
  readonly options: LoopOptions;
  result: { readonly value: T } | undefined;
  steps: number;
  reason: TerminationReason;
  inputTokens: number;
  outputTokens: number;
}

/**
 * Runs an agent's loop: calls `work` step after step until it finishes, `maxSteps` are done or `beforeStep` stops it. The loop
 * and its steps are spans; steps, tools and the end reach the hooks.
 */
export async function runLoop<T>(
  options: LoopOptions,
  work: (step: LoopStep<T>) => Promise<void>,
): Promise<LoopResult<T>> {
  const runtime = currentRuntime();
  const attributes: Attributes = {
    ...options.attributes,
    [genAi.operationName]: operations.invokeAgent,
    [genAi.agentName]: options.name,
  };
  const state: LoopState<T> = {
    runtime,
    options,
    result: undefined,
    steps: 0,
    reason: "max_steps",
    inputTokens: 0,
    outputTokens: 0,
  };
  return runInSpan(`${operations.invokeAgent} ${options.name}`, { attributes }, (span) =>
    runSteps(state, span, work),
  );
}

async function runSteps<T>(
  state: LoopState<T>,
  span: Span,
  work: (step: LoopStep<T>) => Promise<void>,
): Promise<LoopResult<T>> {
  const startMs = performance.now();
  let error: unknown;
  try {
    while (state.steps < state.options.maxSteps && state.result === undefined) {
      const injected = await askBeforeStep(state, span);
      if (injected === undefined) break;
      state.steps++;
      await runStep(state, injected, work);
    }
  } catch (failure) {
    error = failure;
    throw failure;
  } finally {
    if (state.result !== undefined) state.reason = "natural";
    span.setAttribute(app.loopSteps, state.steps);
    span.setAttribute(app.loopTerminationReason, state.reason);
    state.runtime?.hooks.emit("onFinish", {
      steps: state.steps,
      terminationReason: state.reason,
      inputTokens: state.inputTokens,
      outputTokens: state.outputTokens,
      latencyMs: performance.now() - startMs,
      error,
    });
  }
  return { value: state.result?.value, steps: state.steps, terminationReason: state.reason };
}

/** The messages `beforeStep` injects; undefined when it stops the loop. */
async function askBeforeStep<T>(state: LoopState<T>, span: Span): Promise<readonly unknown[] | undefined> {
  const { runtime, options } = state;
  if (runtime === undefined || !runtime.hooks.has("beforeStep")) return [];
  const stepNumber = state.steps + 1;
  const event = { stepNumber, messages: options.messages?.() ?? [] };
  const decision = await runtime.hooks.ask("beforeStep", event, (name) =>
    span.setAttribute(app.hookDeadlineExceeded, [name]),
  );
  if (decision?.stop === true) {
    state.reason = "hook_stopped";
    span.setAttribute(app.loopStoppedAtStep, stepNumber);
    return undefined;
  }
  return decision?.injectMessages ?? [];
}

async function runStep<T>(
  state: LoopState<T>,
  injectedMessages: readonly unknown[],
  work: (step: LoopStep<T>) => Promise<void>,
): Promise<void> {
  const position: LoopPosition = { stepNumber: state.steps, calls: [] };
  const toolCalls: ToolCall[] = [];
  const startMs = performance.now();
  const attributes: Attributes = { [app.spanKind]: "step", [app.stepNumber]: state.steps };
  if (injectedMessages.length > 0) attributes[app.stepInjectedMessages] = injectedMessages.length;
  await runInSpan(`step ${state.steps}`, { attributes }, (span) => {
    const inside = setLoopPosition(trace.setSpan(context.active(), span), position);
    const step: LoopStep<T> = {
      number: position.stepNumber,
      injectedMessages,
      tool: (options, run) => runTool(position, toolCalls, options, run),
      finish: (value) => {
        state.result = { value };
      },
    };
    return context.with(inside, work, undefined, step);
  });
  const call = position.calls.at(-1);
  for (const { usage } of position.calls) {
    state.inputTokens += usage?.inputTokens ?? 0;
    state.outputTokens += usage?.outputTokens ?? 0;
  }
  state.runtime?.hooks.emit("onStepFinish", {
    stepNumber: position.stepNumber,
    call,
    toolCalls,
    finishReason: call?.finishReason,
    latencyMs: performance.now() - startMs,
  });
}

async function runTool<R, Input>(
  { stepNumber }: LoopPosition,
  toolCalls: ToolCall[],
  options: ToolOptions<Input>,
  work: (input: Input, span: Span) => R | Promise<R>,
): Promise<R> {
  const startMs = performance.now();
  const call = { toolName: options.name, toolCallId: options.callId, stepNumber };
  let input: unknown = options.arguments;
  const note = (output: unknown, error: unknown): void => {
    toolCalls.push({ ...call, input, output, error, latencyMs: performance.now() - startMs });
  };
  const run = (given: Input, span: Span): R | Promise<R> => {
    input = given;
    return work(given, span);
  };
  try {
    const output = await callTool({ ...options, stepNumber }, run);
    note(output, undefined);
    return output;
  } catch (error) {
    note(undefined, error);
    throw error;
  }
}
