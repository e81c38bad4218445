import { AsyncLocalStorage } from "node:async_hooks";
import { ROOT_CONTEXT, type Context } from "@opentelemetry/api";

let own: AsyncLocalStorage<Context> | undefined;
const prepared = new WeakSet<AsyncLocalStorage<Context>>();

/**
 * Has the runtime follow promises from here on. Before Node 24 it begins to with the first use of a storage, and what is entered
 * in a function that began earlier would reach that function's caller.
 */
export function prepareEntering(): void {
  const storage = storageOfManager() ?? ownStorage();
  if (prepared.has(storage)) return;
  prepared.add(storage);
  storage.run(storage.getStore() ?? ROOT_CONTEXT, () => undefined);
}

/**
 * Makes a context the active one for the rest of the running asynchronous function and all it calls, where no callback can be
 * wrapped. Only for code that is known to have been resumed after an `await` of the library that calls it.
 */
export function enterContext(entered: Context): void {
  const storage = storageOfManager() ?? ownStorage();
  if (prepared.has(storage)) storage.enterWith(entered);
  else prepareEntering();
}

function ownStorage(): AsyncLocalStorage<Context> {
  own ??= new AsyncLocalStorage();
  return own;
}

/** What was entered where the application's context manager cannot be told; undefined elsewhere. */
export function readEnteredContext(): Context | undefined {
  return own?.getStore();
}

/** The storage of the process's context manager: ours and those of the OpenTelemetry SDK keep one in this field. */
function storageOfManager(): AsyncLocalStorage<Context> | undefined {
  const apis = globalThis as { [key: symbol]: { readonly context?: object } | undefined };
  const manager = apis[Symbol.for("opentelemetry.js.api.1")]?.context;
  const storage: unknown = manager === undefined ? undefined : Reflect.get(manager, "_asyncLocalStorage");
  return storage instanceof AsyncLocalStorage ? (storage as AsyncLocalStorage<Context>) : undefined;
}
