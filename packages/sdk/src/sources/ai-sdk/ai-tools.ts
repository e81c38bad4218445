import { context, trace } from "@opentelemetry/api";
import { readRunningTool } from "../../context/tool-context.ts";
import { callTool, runWithHooks, type ToolOptions } from "../../manual/tool.ts";
import { currentRuntime, type Runtime } from "../../runtime.ts";
import { fieldsOf, isObject, isThenable, textOf, type Fields } from "../read-value.ts";
import { readOperation, type Operation } from "./ai-operation.ts";

const marker = Symbol.for("@spanlight/sdk.watched");

type Execute = (this: unknown, input: unknown, options: unknown) => unknown;

/** The tools of an AI SDK call, by name. */
export function isAiTools(value: unknown): value is Fields {
  if (!isObject(value) || Object.getPrototypeOf(value) !== Object.prototype) return false;
  const tools = Object.values(value);
  return tools.length > 0 && tools.every(isAiTool);
}

function isAiTool(value: unknown): value is Fields {
  return isObject(value) && ("inputSchema" in value || "parameters" in value);
}

/** Runs the tools past the hooks, in place, once. */
export function watchAiTools(tools: Fields): void {
  for (const [name, tool] of Object.entries(tools)) {
    const execute = fieldsOf(tool)["execute"];
    if (!isObject(tool) || typeof execute !== "function" || marker in execute) continue;
    const watched = watch(name, execute as Execute);
    Object.defineProperty(tool, "execute", {
      value: watched,
      configurable: true,
      writable: true,
      enumerable: true,
    });
  }
}

function watch(name: string, execute: Execute): Execute {
  const watched: Execute = function watchedExecute(input, options) {
    const runtime = currentRuntime();
    const work = (given: unknown): unknown => execute.call(this, given, options);
    // Somebody above, like a span of the application's own for this tool, has asked the hooks already.
    if (runtime === undefined || readRunningTool(context.active()) === name) return work(input);
    const operation = readOperation(context.active());
    const callId = textOf(fieldsOf(options)["toolCallId"]);
    const call: ToolOptions<unknown> = {
      name,
      arguments: input,
      stepNumber: (operation?.steps ?? -1) + 1,
      ...(callId === undefined ? {} : { callId }),
    };
    const startMs = runtime.clock.now();
    const result = run(runtime, call, work);
    if (operation !== undefined) note(operation, { runtime, call, startMs }, result);
    return result;
  };
  return Object.defineProperty(watched, marker, { value: true });
}

function run(runtime: Runtime, call: ToolOptions<unknown>, work: (given: unknown) => unknown): unknown {
  const { hooks } = runtime;
  const intercepts = hooks.has("beforeToolExecute") || hooks.has("afterToolExecute");
  const whole = intercepts ? (given: unknown): unknown => readWhole(work(given)) : work;
  const span = trace.getActiveSpan();
  // The AI SDK's own span of the tool, as `experimental_telemetry` makes one.
  if (span !== undefined && Reflect.get(span, "name") === "ai.toolCall")
    return runWithHooks({ runtime, options: call, span }, (given) => readWhole(work(given)));
  return callTool(call, whole);
}

/** The last output of a tool that gives several; interceptors see that one. */
async function readWhole(result: unknown): Promise<unknown> {
  if (!isObject(result) || !(Symbol.asyncIterator in result)) return result;
  let last: unknown;
  for await (const output of result as AsyncIterable<unknown>) last = output;
  return last;
}

interface Running {
  readonly runtime: Runtime;
  readonly call: ToolOptions<unknown>;
  readonly startMs: number;
}

function note(operation: Operation, { runtime, call, startMs }: Running, result: unknown): void {
  const add = (output: unknown, error: unknown): void =>
    void operation.toolCalls.push({
      toolName: call.name,
      toolCallId: call.callId,
      input: call.arguments,
      stepNumber: operation.steps + 1,
      output,
      error,
      latencyMs: runtime.clock.now() - startMs,
    });
  if (!isThenable(result)) return add(result, undefined);
  result.then(
    (output) => add(output, undefined),
    (error: unknown) => add(undefined, error),
  );
}
