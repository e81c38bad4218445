import { context } from "@opentelemetry/api";
import { prepareEntering } from "../../context/enter-context.ts";
import { callTool, runWithHooks, type ToolOptions } from "../../manual/tool.ts";
import { currentRuntime, type Runtime } from "../../runtime.ts";
import { fieldsOf, isObject, listOf, textOf, type Fields } from "../read-value.ts";
import { setIntercepted } from "./intercepted.ts";
import { LangChainHandler } from "./langchain-handler.ts";
import { loopAround, type Run } from "./langchain-runs.ts";

const marker = Symbol.for("@spanlight/sdk.watched");

type Configure = (this: unknown, ...args: unknown[]) => unknown;
type Call = (this: unknown, ...args: unknown[]) => unknown;
type Execute = (this: unknown, input: unknown, manager: unknown, config: unknown) => unknown;

/** The class `CallbackManager` of one copy of LangChain: every run asks it for its handlers. */
interface CallbackManagerClass {
  _configureSync: Configure;
  new (): unknown;
}

/** A tool of LangChain, or the prototype of its class. */
type LangChainTool = Fields & { call: Call };

export function isCallbackManagerClass(value: unknown): value is CallbackManagerClass {
  return typeof value === "function" && typeof Reflect.get(value, "_configureSync") === "function";
}

export function isLangChainTool(value: unknown): value is LangChainTool {
  return (
    isObject(value) &&
    typeof value["call"] === "function" &&
    typeof value["invoke"] === "function" &&
    "lc_namespace" in value
  );
}

/** Gives every run of this copy of LangChain a handler, once. */
export function watchCallbackManager(manager: CallbackManagerClass): void {
  const original = manager._configureSync;
  if (marker in original) return;
  const handler = new LangChainHandler();
  const watched: Configure = function configureSync(...args) {
    const configured = original.apply(this, args);
    const runtime = currentRuntime();
    if (runtime === undefined) return configured;
    try {
      prepareEntering();
      return withHandler(configured ?? new manager(), handler);
    } catch (error) {
      runtime.onFailure(error, "langchain");
      return configured;
    }
  };
  Object.defineProperty(watched, marker, { value: true });
  Object.defineProperty(manager, "_configureSync", { value: watched, configurable: true, writable: true });
}

function withHandler(manager: unknown, handler: LangChainHandler): unknown {
  const { handlers, addHandler } = fieldsOf(manager);
  const isThere = listOf(handlers).some((each) => fieldsOf(each)["name"] === handler.name);
  if (!isThere && typeof addHandler === "function") Reflect.apply(addHandler, manager, [handler, true]);
  return manager;
}

/** Lets the interceptors into a tool, or into all tools of a class, once. */
export function watchLangChainTool(tool: LangChainTool): void {
  const original = tool.call;
  if (marker in original) return;
  const watched: Call = function call(...args) {
    const runtime = currentRuntime();
    if (runtime === undefined || !isObject(this) || isWatchedExecute(this["_call"]))
      return original.apply(this, args);
    const inside = derive(this, (...given) => execute(this as Fields, given));
    const run = (): unknown => original.apply(inside, args);
    return intercepts(runtime) ? context.with(setIntercepted(context.active()), run) : run();
  };
  Object.defineProperty(watched, marker, { value: true });
  Object.defineProperty(tool, "call", {
    value: watched,
    configurable: true,
    writable: true,
    enumerable: false,
  });
}

function intercepts({ hooks }: Runtime): boolean {
  return hooks.has("beforeToolExecute") || hooks.has("afterToolExecute");
}

function isWatchedExecute(value: unknown): boolean {
  return typeof value === "function" && marker in value;
}

/** The tool with our own execution in front of its. */
function derive(tool: Fields, own: Execute): Fields {
  const value = Object.defineProperty(own, marker, { value: true });
  return Object.create(tool, { _call: { value } }) as Fields;
}

/** What LangChain calls once the input is checked: the tool itself, in its span and past the hooks. */
function execute(tool: Fields, [input, manager, config]: Parameters<Execute>): unknown {
  const run = runOf(manager);
  const work = (given: unknown): unknown => {
    if (run?.tool !== undefined) run.tool.input = given;
    return Reflect.apply(tool["_call"] as Execute, tool, [given, manager, config]) as unknown;
  };
  const runtime = currentRuntime();
  if (runtime === undefined) return work(input);
  const options = optionsOf(tool, run, { input, config });
  const span = run?.span;
  if (run === undefined || span === undefined) return callTool(options, work);
  return context.with(run.inside, () =>
    run.tool?.isToldInside === true ? runWithHooks({ runtime, options, span }, work) : work(input),
  );
}

function optionsOf(
  tool: Fields,
  run: Run | undefined,
  { input, config }: { readonly input: unknown; readonly config: unknown },
): ToolOptions<unknown> {
  const callId = run?.tool?.callId ?? textOf(fieldsOf(fieldsOf(config)["toolCall"])["id"]);
  const name = run?.tool?.name ?? textOf(tool["name"]) ?? "tool";
  const stepNumber = loopAround(run?.parent)?.steps ?? 0;
  return { name, arguments: input, stepNumber, ...(callId === undefined ? {} : { callId }) };
}

/** The open run of the tool, where one of our handlers hears of it. */
function runOf(manager: unknown): Run | undefined {
  const { handlers, runId } = fieldsOf(manager);
  const handler = listOf(handlers).find((each) => each instanceof LangChainHandler);
  return handler?.runOf(textOf(runId) ?? "");
}
