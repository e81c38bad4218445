/** True when somebody registered this API in the process, with whatever copy of the package. */
export function hasGlobal(name: "trace" | "context" | "propagation" | "metrics"): boolean {
  const apis = globalThis as { [key: symbol]: { readonly [name: string]: unknown } | undefined };
  return apis[Symbol.for("opentelemetry.js.api.1")]?.[name] !== undefined;
}
