import {
  isStaleMarker,
  labelsToRecord,
  METRIC_NAME,
  withoutLabels,
  type Matcher,
  type Series,
  type SeriesReader,
} from "@spanlight/promql";
import type { RuleView } from "../engine/views.ts";

/** A stretch of time an alert was in one state. Times in ms since the epoch. */
export interface StateInterval {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing";
  readonly fromMs: number;
  /** The first evaluation that no longer found it so; one interval after the last that did when that is not known. */
  readonly toMs: number;
}

export interface IntervalsQuestion {
  readonly reader: SeriesReader;
  readonly rule: Pick<RuleView, "name" | "labels">;
  readonly intervalMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal?: AbortSignal;
}

/** A gap without a staleness marker ends a state after as long as Prometheus looks back. */
const LOOKBACK_MS = 5 * 60_000;

/** Reads from the stored `ALERTS` when which alert of a rule was pending or firing, in order of their start. */
export async function readIntervals(question: IntervalsQuestion): Promise<StateInterval[]> {
  const { reader, rule, intervalMs, fromMs, toMs, signal } = question;
  const toleranceMs = Math.max(LOOKBACK_MS, 3 * intervalMs);
  const found = await reader.select({
    matchers: listMatchers(rule),
    startMs: fromMs - toleranceMs,
    endMs: toMs,
    stepMs: 0,
    rangeMs: toMs - fromMs + toleranceMs,
    lookbackMs: 0,
    func: "",
    grouping: [],
    by: false,
    aggregated: false,
    dimensions: [],
    ...(signal === undefined ? {} : { signal }),
  });
  return found
    .flatMap((series) => toIntervals(series, { intervalMs, toleranceMs }))
    .filter((interval) => interval.toMs > fromMs)
    .map((interval) => ({ ...interval, fromMs: Math.max(fromMs, interval.fromMs) }))
    .toSorted((left, right) => left.fromMs - right.fromMs);
}

/** The rule's own labels tell it from others of its name; those with a template in them differ from alert to alert. */
function listMatchers({ name, labels }: Pick<RuleView, "name" | "labels">): Matcher[] {
  const equal = (label: string, value: string): Matcher => ({ name: label, type: "=", value });
  const fixed = Object.entries(labels).filter(([, text]) => !text.includes("{{"));
  return [
    equal(METRIC_NAME, "ALERTS"),
    equal("alertname", name),
    ...fixed.map(([label, text]) => equal(label, text)),
  ];
}

const ALERT_STATE_LABELS: ReadonlySet<string> = new Set([METRIC_NAME, "alertstate"]);

function toIntervals(
  { labels, timestampsMs, values }: Series,
  { intervalMs, toleranceMs }: { intervalMs: number; toleranceMs: number },
): StateInterval[] {
  const record = labelsToRecord(labels);
  const state = record["alertstate"];
  if (state !== "pending" && state !== "firing") return [];
  const own = labelsToRecord(withoutLabels(labels, ALERT_STATE_LABELS));
  const found: StateInterval[] = [];
  let open: { fromMs: number; lastMs: number } | null = null;
  const close = (toMs: number): void => {
    if (open !== null) found.push({ labels: own, state, fromMs: open.fromMs, toMs });
    open = null;
  };
  timestampsMs.forEach((timeMs, index) => {
    if (isStaleMarker(values, index)) return close(timeMs);
    if (open !== null && timeMs - open.lastMs > toleranceMs) close(open.lastMs + intervalMs);
    open = { fromMs: open?.fromMs ?? timeMs, lastMs: timeMs };
  });
  const last = open as { lastMs: number } | null; // assigned in the callback above
  if (last !== null) close(last.lastMs + intervalMs);
  return found;
}
