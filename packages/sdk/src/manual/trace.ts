import type { Attributes, Span, SpanOptions } from "@opentelemetry/api";
import { tracerOf } from "../runtime.ts";
import { agent, chain, embedding, guard, retrieval } from "./kinds.ts";
import { logCall } from "./log-call.ts";
import { runInSpan } from "./run-in-span.ts";
import { callTool } from "./tool.ts";

/** Runs `work` inside a span of this name; every span made in it is a child. */
export function trace<T>(name: string, work: (span: Span) => T, options: SpanOptions = {}): T {
  return runInSpan(name, options, work);
}

/** A span that is not active and that the caller ends. */
export function startSpan(name: string, options: SpanOptions = {}): Span {
  return tracerOf().startSpan(name, options);
}

/** What `observe` makes of a function. */
export type ObservedKind = "span" | "chain" | "agent" | "tool" | "retrieval" | "embedding" | "guard";

export interface ObserveOptions {
  /** Default `span`. */
  readonly as?: ObservedKind;
  /** Default: the function's own name. */
  readonly name?: string;
  /** The model of an embedding. */
  readonly model?: string;
  readonly attributes?: Attributes;
  /** One log line per call, to the logger of `init()`, else as JSON to stdout. Default false. */
  readonly log?: boolean;
}

type AnyFunction = (this: never, ...args: never[]) => unknown;
type MethodDecorator = <F extends AnyFunction>(method: F, context: ClassMethodDecoratorContext) => F;

/** Wraps a function, so that each call of it is a span: `const search = observe(find, { as: "retrieval" })`. */
export function observe<F extends AnyFunction>(target: F, options?: ObserveOptions): F;
/** Decorates a method: `@observe({ as: "tool" })`. */
export function observe(options?: ObserveOptions): MethodDecorator;
export function observe(
  target?: AnyFunction | ObserveOptions,
  options: ObserveOptions = {},
): AnyFunction | MethodDecorator {
  if (typeof target === "function") return wrapFunction(target, options, target.name);
  return <F extends AnyFunction>(method: F, context: ClassMethodDecoratorContext): F =>
    wrapFunction(method, target ?? {}, String(context.name));
}

function wrapFunction<F extends AnyFunction>(target: F, options: ObserveOptions, ownName: string): F {
  const name = options.name ?? (ownName === "" ? "anonymous" : ownName);
  const wrapped = function (this: never, ...args: never[]): unknown {
    const { as = "span", attributes = {}, model = name, log = false } = options;
    const call = { attributes, model, args };
    if (!log) return runners[as](name, () => target.apply(this, args), call);
    return logCall({ name, kind: as }, (inside) =>
      runners[as](name, () => inside(() => target.apply(this, args)), call),
    );
  };
  Object.defineProperty(wrapped, "name", { value: target.name, configurable: true });
  Object.defineProperty(wrapped, "length", { value: target.length, configurable: true });
  // The wrapper takes and returns what the function does, `this` included.
  return wrapped as unknown as F;
}

type Runner = (name: string, work: () => unknown, call: ObservedCall) => unknown;

interface ObservedCall {
  readonly attributes: Attributes;
  readonly model: string;
  readonly args: readonly unknown[];
}

const runners: Readonly<Record<ObservedKind, Runner>> = {
  span: (name, work, { attributes }) => runInSpan(name, { attributes }, work),
  chain: (name, work, { attributes }) => chain(name, work, { attributes }),
  agent: (name, work, { attributes }) => agent({ name, attributes }, work),
  guard: (name, work, { attributes }) => guard(name, work, { attributes }),
  embedding: (_name, work, { attributes, model }) => embedding({ model, attributes }, work),
  tool: (name, work, { attributes, args }) =>
    callTool({ name, arguments: args.length === 1 ? args[0] : args, attributes }, work),
  retrieval: (name, work, { attributes, args }) => {
    const query = args.find((argument) => typeof argument === "string");
    return retrieval({ source: name, attributes, ...(query === undefined ? {} : { query }) }, work);
  },
};
