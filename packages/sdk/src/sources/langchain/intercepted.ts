import { createContextKey, type Context } from "@opentelemetry/api";

const key = createContextKey("spanlight.langchain_intercepted");

/** Marks a context in which a tool runs past the interceptors, which tell the hooks of it. */
export function setIntercepted(active: Context): Context {
  return active.setValue(key, true);
}

export function isIntercepted(active: Context): boolean {
  return active.getValue(key) === true;
}
