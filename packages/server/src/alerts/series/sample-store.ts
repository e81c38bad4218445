import {
  compareLabels,
  compileMatchers,
  labelsKey,
  writeStaleMarker,
  type Labels,
  type SelectRequest,
  type Series,
  type SeriesReader,
} from "@spanlight/promql";

/** A sample to keep. */
export interface StoredSample {
  readonly labels: Labels;
  readonly timeMs: number;
  readonly value: number;
  readonly isStale: boolean;
}

interface StoredSeries {
  readonly labels: Labels;
  /** In ascending order of time. */
  readonly samples: { readonly timeMs: number; readonly value: number; readonly isStale: boolean }[];
}

/** Series in memory that rules can read and write. */
export interface SampleStore extends SeriesReader {
  append(samples: readonly StoredSample[]): void;
  /** Drops samples before a time. */
  forgetBefore(timeMs: number): void;
}

/** The index of the first sample after a time. */
function firstAfter({ samples }: StoredSeries, timeMs: number): number {
  let [low, high] = [0, samples.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((samples[middle]?.timeMs ?? Infinity) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function toSeries(stored: StoredSeries, { startMs, endMs }: SelectRequest): Series | null {
  const inside = stored.samples.slice(firstAfter(stored, startMs), firstAfter(stored, endMs));
  if (inside.length === 0) return null;
  const values = Float64Array.from(inside, ({ value }) => value);
  inside.forEach(({ isStale }, index) => {
    if (isStale) writeStaleMarker(values, index);
  });
  return { labels: stored.labels, timestampsMs: Float64Array.from(inside, ({ timeMs }) => timeMs), values };
}

export function createSampleStore(): SampleStore {
  const stored = new Map<string, StoredSeries>();
  return {
    append(samples) {
      for (const { labels, ...sample } of samples) {
        const key = labelsKey(labels);
        const series = stored.get(key) ?? { labels, samples: [] };
        stored.set(key, series);
        const at = firstAfter(series, sample.timeMs);
        const isKnown = series.samples[at - 1]?.timeMs === sample.timeMs;
        if (!isKnown) series.samples.splice(at, 0, sample);
      }
    },
    forgetBefore(timeMs) {
      for (const [key, series] of stored) {
        series.samples.splice(0, firstAfter(series, timeMs - 1));
        if (series.samples.length === 0) stored.delete(key);
      }
    },
    async select(request) {
      const matches = compileMatchers(request.matchers);
      return [...stored.values()]
        .filter(({ labels }) => matches(labels))
        .toSorted((left, right) => compareLabels(left.labels, right.labels))
        .flatMap((series) => toSeries(series, request) ?? []);
    },
  };
}
