import type { Trace } from "@spanlight/contract";
import { toEpochMs } from "./instant.ts";
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

/** How often a trace that is still running, or has hardly ended, is looked at again. */
const RUNNING_MS = 2_000;
/** Spans of a trace arrive in batches: some may come so long after its end. */
const SETTLING_MS = 15_000;
/** A larger trace is not asked for again by itself: reading it takes seconds. */
const MOST_SPANS = 2_000;

/** Milliseconds until a trace should be asked for again; false when it will not change. */
export function chooseTraceRefreshMs(trace: Trace | undefined, nowMs: number): number | false {
  if (trace === undefined || trace.spans.length > MOST_SPANS) return false;
  const endMs = toEpochMs(trace.startTime) + trace.durationMs;
  return !trace.complete || nowMs - endMs < SETTLING_MS ? RUNNING_MS : false;
}
