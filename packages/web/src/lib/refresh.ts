import { parseDurationText } from "./time-range.ts";
import type { View } from "./view.ts";

/** True while the page follows the clock: live is on and the range ends now. */
export function isFollowing(view: View): boolean {
  return view.live && view.range.kind === "last";
}

/** Milliseconds between two looks at figures over a range: often where a step is short, never more than 5 s apart on an hour. */
export function refreshIntervalMs(view: View): number | false {
  if (!isFollowing(view) || view.range.kind !== "last") return false;
  const lengthMs = parseDurationText(view.range.text) ?? 0;
  return Math.min(60_000, Math.max(5_000, lengthMs / 1440));
}
