import type { TraceSummary } from "@spanlight/contract";
import { toEpochMs } from "./instant.ts";

function byStartDescending(a: TraceSummary, b: TraceSummary): number {
  if (a.startTime === b.startTime) return a.traceId < b.traceId ? -1 : 1;
  return a.startTime < b.startTime ? 1 : -1;
}

/** Pages of traces and newer looks at them as one list, newest first, each trace once in its newest form. */
export function joinTraces(pages: readonly TraceSummary[], newest: readonly TraceSummary[]): TraceSummary[] {
  const byId = new Map<string, TraceSummary>();
  for (const trace of pages) byId.set(trace.traceId, trace);
  for (const trace of newest) byId.set(trace.traceId, trace);
  return [...byId.values()].sort(byStartDescending);
}

interface NewestLook {
  newest: readonly TraceSummary[];
  /** The answer holds all traces there are. */
  isWhole: boolean;
  seen: readonly TraceSummary[];
  firstPage: readonly TraceSummary[];
}

/** Adds a look at the newest traces to those seen; says whether traces may be missing between the two. */
export function addNewest({ newest, isWhole, seen, firstPage }: NewestLook): {
  traces: TraceSummary[];
  hasGap: boolean;
} {
  const known = new Set([...seen, ...firstPage].map((trace) => trace.traceId));
  const hasGap =
    !isWhole && known.size > 0 && newest.length > 0 && newest.every(({ traceId }) => !known.has(traceId));
  return { traces: hasGap ? [...newest] : joinTraces(seen, newest), hasGap };
}

/** A trace whose first span has not come after this long will hardly change any more. */
const RUNNING_MS = 600_000;
const MOST_LOOKED_AT = 200;

/** How many of the newest traces to ask for, so that those still running are among them and are seen to end. */
export function chooseLookLimit(
  known: readonly TraceSummary[],
  { least, nowMs }: { least: number; nowMs: number },
): number {
  const last = known.findLastIndex(
    (trace) => !trace.complete && toEpochMs(trace.startTime) > nowMs - RUNNING_MS,
  );
  // Some room for those that came since.
  return Math.min(MOST_LOOKED_AT, Math.max(least, Math.ceil((last + 1) * 1.2)));
}

/**
 * The duration that a full bar stands for: that of the slow ones but not of the slowest, rounded up, so that one
 * outlier does not flatten the rest and the scale rarely moves while rows arrive.
 */
export function findBarScaleMs(traces: readonly TraceSummary[]): number {
  const durations = traces.map((trace) => trace.durationMs).sort((a, b) => a - b);
  const high = durations[Math.floor((durations.length - 1) * 0.95)] ?? 0;
  if (high <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(high));
  return ([1, 1.5, 2, 3, 5, 7, 10].find((factor) => factor * power >= high) ?? 10) * power;
}
