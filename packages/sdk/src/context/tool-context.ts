import { createContextKey, type Context } from "@opentelemetry/api";

const key = createContextKey("spanlight.tool");

/** The context inside the span of a tool call. */
export function setRunningTool(active: Context, toolName: string): Context {
  return active.setValue(key, toolName);
}

/** The tool whose span is around this context; undefined outside of one. */
export function readRunningTool(active: Context): string | undefined {
  return active.getValue(key) as string | undefined;
}
