import {
  compareLabels,
  labelsKey,
  type PartReader,
  type SelectRequest,
  type Series,
  type SeriesReader,
} from "@spanlight/promql";

/** Two halves of one series as one; of samples with the same time the first half's counts. */
function mergeSeries(first: Series, second: Series): Series {
  const times: number[] = [];
  const values = new Float64Array(first.values.length + second.values.length);
  const bits = new BigUint64Array(values.buffer);
  let [i, j] = [0, 0];
  const copy = (from: Series, index: number): void => {
    // Bit by bit, so that staleness markers stay what they are.
    const source = new BigUint64Array(from.values.buffer, from.values.byteOffset, from.values.length);
    bits[times.length] = source[index] ?? 0n;
    times.push(from.timestampsMs[index] ?? NaN);
  };
  while (i < first.values.length || j < second.values.length) {
    const [left, right] = [first.timestampsMs[i] ?? Infinity, second.timestampsMs[j] ?? Infinity];
    if (left <= right) copy(first, i++);
    else copy(second, j++);
    if (left === right) j++;
  }
  const timestampsMs = Float64Array.from(times);
  return { labels: first.labels, timestampsMs, values: values.slice(0, times.length) };
}

/**
 * Reads from both readers as from one. Where both have a series, its samples are merged; the first
 * reader's win. Used to see samples that were just written, or that exist only in a trial run.
 */
export function joinReaders(first: SeriesReader, second: SeriesReader): PartReader {
  return {
    async select(request) {
      const [left, right] = await Promise.all([first.select(request), second.select(request)]);
      if (left.length === 0) return right;
      const merged = new Map(right.map((series) => [labelsKey(series.labels), series]));
      for (const series of left) {
        const key = labelsKey(series.labels);
        const other = merged.get(key);
        merged.set(key, other === undefined ? series : mergeSeries(series, other));
      }
      return [...merged.values()].toSorted((a, b) => compareLabels(a.labels, b.labels));
    },
    async *selectParts(request) {
      const left = await first.select(request);
      const rest = new Map(left.map((series) => [labelsKey(series.labels), series]));
      for await (const part of partsOf(second, request)) {
        yield rest.size === 0 ? part : part.map((series) => takeAndMerge(rest, series));
      }
      if (rest.size > 0) yield [...rest.values()];
    },
  };
}

/** Merges a series with the one of its labels in `rest`, which it leaves. */
function takeAndMerge(rest: Map<string, Series>, series: Series): Series {
  const key = labelsKey(series.labels);
  const newer = rest.get(key);
  rest.delete(key);
  return newer === undefined ? series : mergeSeries(newer, series);
}

async function* partsOf(
  reader: SeriesReader,
  request: SelectRequest,
): AsyncGenerator<readonly Series[], void, void> {
  if (reader.selectParts === undefined) yield await reader.select(request);
  else yield* reader.selectParts(request);
}
