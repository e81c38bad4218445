type ApiName = "trace" | "context" | "propagation" | "metrics";

/** True when somebody registered this API in the process, with whatever copy of the package. */
export function hasGlobal(name: ApiName): boolean {
  return readGlobal(name) !== undefined;
}

/** What is registered for this API; for traces the API's stand-in, which knows who is behind it. */
export function readGlobal(name: ApiName): unknown {
  const apis = globalThis as { [key: symbol]: { readonly [name: string]: unknown } | undefined };
  return apis[Symbol.for("opentelemetry.js.api.1")]?.[name];
}
