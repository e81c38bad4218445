import { context, trace, type Span } from "@opentelemetry/api";
import { genAi } from "@spanlight/conventions";
import { setRunningTool } from "../../context/tool-context.ts";
import { contentText } from "../../manual/content-text.ts";
import { capturesHere } from "../../manual/kinds.ts";
import { callTool, runWithHooks, type ToolRun } from "../../manual/tool.ts";
import { currentRuntime } from "../../runtime.ts";
import { fieldsOf, isObject, listOf, textOf, type Fields } from "../read-value.ts";

const marker = Symbol.for("@spanlight/sdk.watched");

type ToolRunner = (this: unknown, ...args: unknown[]) => unknown;
type Run = (this: unknown, ...args: unknown[]) => unknown;

/** Lets the hooks into the tools of a client's loops, once. */
export function watchToolRunnerOf(client: Fields): void {
  watchToolRunner(fieldsOf(client["beta"])["messages"]);
}

/** Lets the hooks into the tools of the loops that one `beta.messages` runs, or all of its class by its prototype; once. */
export function watchToolRunner(messages: unknown): void {
  if (!isObject(messages) || typeof messages["toolRunner"] !== "function") return;
  const original = messages["toolRunner"] as ToolRunner;
  if (marker in original) return;
  const watched: ToolRunner = function toolRunner(body, ...rest) {
    const runtime = currentRuntime();
    if (runtime === undefined) return Reflect.apply(original, this, [body, ...rest]);
    let sent = body;
    try {
      sent = watchTools(body);
    } catch (error) {
      runtime.onFailure(error, "anthropic.toolRunner");
    }
    return Reflect.apply(original, this, [sent, ...rest]);
  };
  Object.defineProperty(watched, marker, { value: true });
  Object.defineProperty(messages, "toolRunner", {
    value: watched,
    configurable: true,
    writable: true,
    enumerable: false,
  });
}

/** The request with each tool that has something to run replaced by a copy; the application's own objects stay as they are. */
function watchTools(body: unknown): unknown {
  const { tools } = fieldsOf(body);
  return Array.isArray(tools) ? { ...fieldsOf(body), tools: listOf(tools).map(watchTool) } : body;
}

function watchTool(tool: unknown): unknown {
  if (!isObject(tool) || typeof tool["run"] !== "function" || typeof tool["name"] !== "string") return tool;
  const copy = Object.create(
    Object.getPrototypeOf(tool) as object | null,
    Object.getOwnPropertyDescriptors(tool),
  ) as object;
  const value = watchRun(tool, tool["name"], tool["run"] as Run);
  return Object.defineProperty(copy, "run", { value, configurable: true, writable: true, enumerable: true });
}

function watchRun(tool: Fields, name: string, run: Run): Run {
  return function watched(input, ...rest) {
    const work = (given: unknown): unknown => Reflect.apply(run, tool, [given, ...rest]);
    const runtime = currentRuntime();
    if (runtime === undefined) return work(input);
    const callId = textOf(fieldsOf(fieldsOf(rest[0])["toolUse"])["id"]);
    const options = { name, arguments: input, ...(callId === undefined ? {} : { callId }) };
    const span = ownSpan();
    return span === undefined ? callTool(options, work) : runInside({ runtime, options, span }, work);
  };
}

/** The span that the client, from 0.134 on, makes for a tool itself. */
function ownSpan(): Span | undefined {
  const span = trace.getActiveSpan();
  const name: unknown = span === undefined ? undefined : Reflect.get(span, "name");
  return typeof name === "string" && name.startsWith("anthropic.custom_tool_use") ? span : undefined;
}

async function runInside(run: ToolRun<unknown>, work: (input: unknown) => unknown): Promise<unknown> {
  const { options, span } = run;
  const inside = setRunningTool(context.active(), options.name);
  const captures = capturesHere();
  if (captures) span.setAttribute(genAi.toolCallArguments, contentText(options.arguments));
  const output = await context.with(inside, () => runWithHooks(run, work));
  if (captures && output !== undefined) span.setAttribute(genAi.toolCallResult, contentText(output));
  return output;
}
