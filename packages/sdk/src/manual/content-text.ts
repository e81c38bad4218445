import { currentRuntime } from "../runtime.ts";

/** A value as text that may leave the process: masked and cut to size. */
export function contentText(value: unknown): string {
  const privacy = currentRuntime()?.privacy;
  if (privacy === undefined) return "";
  return typeof value === "string" ? privacy.cleanText(value) : privacy.cleanJson(value);
}

/** Text that goes whether content is recorded or not, an error's message say, as it may leave the process. */
export function errorText(text: string): string {
  return currentRuntime()?.privacy.cleanText(text) ?? text;
}
