import {
  BUCKET_LABEL,
  compareLabels,
  getLabel,
  labelsKey,
  METRIC_NAME,
  withLabel,
  withoutLabels,
  type Labels,
} from "../labels.ts";
import { UnsupportedFeatureError } from "../errors.ts";
import { compileMatchers } from "../matchers.ts";
import type { SelectRequest, SeriesReader } from "../reader.ts";
import type { SequenceEntry } from "../sequence.ts";
import { writeStaleMarker, type Series } from "../value.ts";
import type { LoadCommand } from "./script.ts";

interface StoredSeries {
  readonly labels: Labels;
  readonly entries: Map<number, SequenceEntry>;
  hasStartTimestamps: boolean;
}

/** What start timestamps change the value of. */
const START_TIME_FUNCTIONS = new Set(["rate", "increase", "irate", "resets", "start_timestamp"]);

function refuseStartTimestamps(series: StoredSeries, { func }: SelectRequest): void {
  if (!series.hasStartTimestamps || !START_TIME_FUNCTIONS.has(func)) return;
  throw new UnsupportedFeatureError("start timestamps are not supported yet");
}

/** Series in memory, as test scripts load them. */
export interface MemoryStore extends SeriesReader {
  load(command: Pick<LoadCommand, "stepMs" | "series"> & { readonly withNhcb?: boolean }): void;
  clear(): void;
}

const NHCB_SUFFIX = /_(?:bucket|count|sum)$/;

/** The name that `load_with_nhcb` gives the native histogram of a classic one. */
function nhcbLabels(labels: Labels): Labels | null {
  const name = getLabel(labels, METRIC_NAME);
  if (!name.endsWith("_bucket")) return null;
  const base = withoutLabels(labels, new Set([BUCKET_LABEL]));
  return withLabel(base, METRIC_NAME, name.replace(NHCB_SUFFIX, ""));
}

function toSeries(stored: StoredSeries, request: SelectRequest): Series | null {
  const { startMs, endMs } = request;
  const inside = [...stored.entries]
    .filter(([timeMs, { kind }]) => timeMs > startMs && timeMs <= endMs && kind !== "omitted")
    .toSorted(([left], [right]) => left - right);
  if (inside.length === 0) return null;
  const floats = inside.filter(([, { kind }]) => kind !== "histogram");
  const values = Float64Array.from(floats, ([, entry]) => (entry.kind === "value" ? entry.value : 0));
  floats.forEach(([, { kind }], index) => {
    if (kind === "stale") writeStaleMarker(values, index);
  });
  return {
    labels: stored.labels,
    timestampsMs: Float64Array.from(floats, ([timeMs]) => timeMs),
    values,
    hasNativeHistograms: floats.length < inside.length,
  };
}

export function createMemoryStore(): MemoryStore {
  const stored = new Map<string, StoredSeries>();

  const add = (labels: Labels, stepMs: number, entries: readonly SequenceEntry[]): StoredSeries => {
    const key = labelsKey(labels);
    const series = stored.get(key) ?? { labels, entries: new Map(), hasStartTimestamps: false };
    stored.set(key, series);
    for (const [index, entry] of entries.entries()) {
      const timeMs = index * stepMs;
      if (entry.kind !== "omitted" && !series.entries.has(timeMs)) series.entries.set(timeMs, entry);
    }
    return series;
  };

  const select = (request: SelectRequest): Series[] => {
    const matches = compileMatchers(request.matchers);
    const found = [...stored.values()].filter(({ labels }) => matches(labels));
    for (const series of found) refuseStartTimestamps(series, request);
    return found
      .toSorted((left, right) => compareLabels(left.labels, right.labels))
      .flatMap((series) => toSeries(series, request) ?? []);
  };

  return {
    load({ series, stepMs, withNhcb = false }) {
      // Of a series written twice in one load the last counts.
      const last = new Map(series.map((one) => [labelsKey(one.labels), one]));
      for (const { labels, values, hasStartTimestamps = false } of last.values()) {
        add(labels, stepMs, values).hasStartTimestamps ||= hasStartTimestamps;
        const nhcb = withNhcb ? nhcbLabels(labels) : null;
        if (nhcb === null) continue;
        const histograms = values.map((entry): SequenceEntry =>
          entry.kind === "value" ? { kind: "histogram", text: "{{}}" } : entry,
        );
        add(nhcb, stepMs, histograms);
      }
    },
    clear() {
      stored.clear();
    },
    async select(request) {
      return select(request);
    },
    async *selectParts(request) {
      for (const series of select(request)) yield [series];
    },
  };
}
