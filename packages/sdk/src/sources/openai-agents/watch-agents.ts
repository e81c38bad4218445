import { currentRuntime } from "../../runtime.ts";
import { isObject, listOf, type Fields } from "../read-value.ts";
import { OpenAIAgentsProcessor } from "./agents-processor.ts";

const marker = Symbol.for("@spanlight/sdk.watched");

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** The prototype of the Agents SDK's `TraceProvider`: it makes every trace, and knows the processors. */
type TraceProvider = Fields & { createTrace: Method; setProcessors: Method; registerProcessor: Method };

export function isTraceProvider(value: unknown): value is TraceProvider {
  return (
    isObject(value) &&
    typeof value["createTrace"] === "function" &&
    typeof value["setProcessors"] === "function" &&
    typeof value["registerProcessor"] === "function"
  );
}

/** Gives every provider of this copy of the Agents SDK a processor, beside those of the application. */
export function watchTraceProvider(prototype: TraceProvider): void {
  const { createTrace, setProcessors } = prototype;
  if (marker in createTrace) return;
  const provided = new WeakSet<object>();
  const provide = (provider: unknown): void => {
    if (!isTraceProvider(provider) || provided.has(provider) || currentRuntime() === undefined) return;
    provided.add(provider);
    Reflect.apply(provider.registerProcessor, provider, [new OpenAIAgentsProcessor()]);
  };
  shadow(prototype, "createTrace", function watched(...args) {
    provide(this);
    return createTrace.apply(this, args);
  });
  // Processors that replace all others replace ours too.
  shadow(prototype, "setProcessors", function watched(...args) {
    const result = setProcessors.apply(this, args);
    const hasOurs = listOf(args[0]).some((each) => each instanceof OpenAIAgentsProcessor);
    if (isObject(this) && !hasOurs) provided.delete(this);
    return result;
  });
}

function shadow(prototype: object, name: string, method: Method): void {
  Object.defineProperty(method, marker, { value: true });
  Object.defineProperty(prototype, name, { value: method, configurable: true, writable: true });
}
