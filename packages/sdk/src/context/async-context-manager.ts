import { AsyncLocalStorage } from "node:async_hooks";
import type { EventEmitter } from "node:events";
import { ROOT_CONTEXT, type Context, type ContextManager } from "@opentelemetry/api";

type Listener = (...args: unknown[]) => unknown;

const addMethods = ["addListener", "on", "once", "prependListener", "prependOnceListener"] as const;
const removeMethods = ["removeListener", "off"] as const;

/** The OpenTelemetry context carried over promises, timers and callbacks by AsyncLocalStorage. */
export class AsyncContextManager implements ContextManager {
  /** Under the name OpenTelemetry's own manager has for it, which is how `enterContext` finds it. */
  readonly _asyncLocalStorage: AsyncLocalStorage<Context> = new AsyncLocalStorage<Context>();
  readonly #boundEmitters = new WeakSet<EventEmitter>();

  active(): Context {
    return this._asyncLocalStorage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    callback: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this._asyncLocalStorage.run(
      context,
      () => Reflect.apply(callback, thisArg, args) as ReturnType<F>,
    );
  }

  bind<T>(context: Context, target: T): T {
    if (isEmitter(target)) return this.#bindEmitter(context, target) as T;
    if (typeof target !== "function") return target;
    const storage = this._asyncLocalStorage;
    const bound = function (this: unknown, ...args: unknown[]): unknown {
      return storage.run(context, () => Reflect.apply(target, this, args) as unknown);
    };
    Object.defineProperty(bound, "length", { value: target.length, configurable: true });
    return bound as T;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this._asyncLocalStorage.disable();
    return this;
  }

  /** Listeners added from now on run in `context`; removing by the original function still works. */
  #bindEmitter(context: Context, emitter: EventEmitter): EventEmitter {
    if (this.#boundEmitters.has(emitter)) return emitter;
    this.#boundEmitters.add(emitter);
    const bound = new WeakMap<Listener, Listener>();
    const bindListener = (listener: Listener): Listener => {
      const known = bound.get(listener);
      if (known !== undefined) return known;
      const made = this.bind(context, listener);
      bound.set(listener, made);
      return made;
    };
    for (const name of addMethods) {
      const original = emitter[name];
      emitter[name] = (event: string | symbol, listener: Listener) =>
        Reflect.apply(original, emitter, [event, bindListener(listener)]);
    }
    for (const name of removeMethods) {
      const original = emitter[name];
      emitter[name] = (event: string | symbol, listener: Listener) =>
        Reflect.apply(original, emitter, [event, bound.get(listener) ?? listener]);
    }
    return emitter;
  }
}

function isEmitter(target: unknown): target is EventEmitter {
  return (
    typeof target === "object" &&
    target !== null &&
    "on" in target &&
    "removeListener" in target &&
    typeof target.on === "function"
  );
}
