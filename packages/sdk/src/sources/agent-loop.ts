import {
  context,
  createContextKey,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from "@opentelemetry/api";
import { app, genAi, general, operations } from "@spanlight/conventions";
import type { CallRecord } from "../call-record.ts";
import { setLoopPosition, type LoopPosition } from "../context/loop-context.ts";
import type { TerminationReason, ToolCall } from "../hooks/hooks.ts";
import { errorText } from "../manual/content-text.ts";
import { callTool, type ToolOptions } from "../manual/tool.ts";
import type { InputMessage } from "../message.ts";
import { tracerOf, type Runtime } from "../runtime.ts";
import { describeError } from "./describe-error.ts";

const loopKey = createContextKey("spanlight.agent_loop");

/** The loop around a context; undefined outside of one. */
export function readAgentLoop(active: Context): AgentLoop | undefined {
  return active.getValue(loopKey) as AgentLoop | undefined;
}

interface Step {
  readonly position: LoopPosition;
  readonly toolCalls: ToolCall[];
  readonly startMs: number;
  readonly inside: Context;
}

/** What an agent's loop is called, and where it runs. */
interface LoopStart {
  readonly name: string;
  readonly parent: Context;
  readonly attributes?: Attributes;
}

/** A loop of model calls and tools that a client library runs: its span, its steps, and what the hooks are told of them. */
export class AgentLoop {
  readonly span: Span;
  /** Where the children of its span begin. */
  readonly inside: Context;
  readonly #runtime: Runtime;
  readonly #startMs: number;
  #step: Step | undefined;
  #steps = 0;
  #inputTokens = 0;
  #outputTokens = 0;
  #finished = false;
  #isStopped = false;
  #lastFinishReason: string | undefined;
  #injected = 0;

  constructor(runtime: Runtime, { name, parent, attributes }: LoopStart) {
    this.#runtime = runtime;
    const own: Attributes = {
      ...attributes,
      [genAi.operationName]: operations.invokeAgent,
      [genAi.agentName]: name,
    };
    this.span = tracerOf().startSpan(`${operations.invokeAgent} ${name}`, { attributes: own }, parent);
    this.inside = trace.setSpan(parent, this.span).setValue(loopKey, this);
    this.#startMs = runtime.clock.now();
  }

  /** Steps begun so far. */
  get steps(): number {
    return this.#steps;
  }

  /** True once a hook has stopped the loop. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Ends the step that runs and begins the next; model calls begun in the returned context belong to it. */
  beginStep(): Context {
    this.endStep();
    this.#steps++;
    const position: LoopPosition = { stepNumber: this.#steps, calls: [] };
    const inside = setLoopPosition(this.inside, position);
    this.#step = { position, toolCalls: [], startMs: this.#runtime.clock.now(), inside };
    return inside;
  }

  /** The last model call of the running step. */
  get lastCall(): CallRecord | undefined {
    return this.#step?.position.calls.at(-1);
  }

  /** Notes a tool that has run in this step. */
  noteTool(call: ToolCall): void {
    this.#step?.toolCalls.push(call);
  }

  /** Runs a tool in the running step: a span, the tool hooks, the interceptors. */
  async runTool<T, Input>(options: ToolOptions<Input>, work: (input: Input) => T | Promise<T>): Promise<T> {
    const stepNumber = this.#steps;
    const startMs = this.#runtime.clock.now();
    let input: unknown = options.arguments;
    const note = (output: unknown, error: unknown): void =>
      this.noteTool({
        toolName: options.name,
        toolCallId: options.callId,
        input,
        stepNumber,
        output,
        error,
        latencyMs: this.#runtime.clock.now() - startMs,
      });
    try {
      const run = (): T | Promise<T> =>
        callTool({ ...options, stepNumber }, (given) => {
          input = given;
          return work(given);
        });
      const output = await context.with(this.#step?.inside ?? this.inside, run);
      note(output, undefined);
      return output;
    } catch (error) {
      note(undefined, error);
      throw error;
    }
  }

  /** The messages `beforeStep` puts into the step that comes; undefined when it stops the loop. */
  async askBeforeStep(messages: () => readonly InputMessage[]): Promise<readonly unknown[] | undefined> {
    const { hooks } = this.#runtime;
    if (!hooks.has("beforeStep")) return [];
    const stepNumber = this.#steps + 1;
    const decision = await hooks.ask("beforeStep", { stepNumber, messages: messages() }, (name) =>
      this.span.setAttribute(app.hookDeadlineExceeded, [name]),
    );
    if (decision?.stop === true) {
      this.#isStopped = true;
      this.span.setAttribute(app.loopStoppedAtStep, stepNumber);
      return undefined;
    }
    const injected = decision?.injectMessages ?? [];
    this.#injected = injected.length;
    return injected;
  }

  /** Notes on a call how many messages a hook put in before it. */
  markInjected(call: CallRecord | undefined): void {
    if (call !== undefined && this.#injected > 0) call.attributes[app.stepInjectedMessages] = this.#injected;
    this.#injected = 0;
  }

  /** Tells the hooks of the step that ran; nothing where none does. */
  endStep(): void {
    const step = this.#step;
    if (step === undefined) return;
    this.#step = undefined;
    const call = step.position.calls.at(-1);
    for (const { usage } of step.position.calls) {
      this.#inputTokens += usage?.inputTokens ?? 0;
      this.#outputTokens += usage?.outputTokens ?? 0;
    }
    this.#lastFinishReason = call?.finishReason;
    this.#runtime.hooks.emit("onStepFinish", {
      stepNumber: step.position.stepNumber,
      call,
      toolCalls: step.toolCalls,
      finishReason: call?.finishReason,
      latencyMs: this.#runtime.clock.now() - step.startMs,
    });
  }

  /** Ends the loop, once. Without a reason: `max_steps` when the last model call still asked for tools. */
  finish(error?: unknown, reason?: TerminationReason): void {
    if (this.#finished) return;
    this.#finished = true;
    this.endStep();
    const terminationReason = this.#isStopped ? "hook_stopped" : (reason ?? this.#reason());
    this.span.setAttribute(app.loopSteps, this.#steps);
    this.span.setAttribute(app.loopTerminationReason, terminationReason);
    if (error !== undefined) {
      const { type, message } = describeError(error);
      this.span.setAttribute(general.errorType, type);
      this.span.setStatus({ code: SpanStatusCode.ERROR, message: errorText(message) });
    }
    this.#runtime.hooks.emit("onFinish", {
      steps: this.#steps,
      terminationReason,
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      latencyMs: this.#runtime.clock.now() - this.#startMs,
      error,
    });
    this.span.end();
  }

  #reason(): TerminationReason {
    return /^tool[-_](?:calls?|use)$/.test(this.#lastFinishReason ?? "") ? "max_steps" : "natural";
  }
}
